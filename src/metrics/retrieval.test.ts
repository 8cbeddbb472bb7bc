import { expect, test } from 'vitest';
import { recallAtK, recallOfLists } from './index.ts';

test('counts queries with a right item among the first k', () => {
  const similarity = [
    Float32Array.of(0.1, 0.9, 0.5, 0.2),
    Float32Array.of(0.1, 0.9, 0.5, 0.2),
    Float32Array.of(0.4, 0.3, 0.2, 0.1),
  ];
  // Places, from 0: item 2 is second; of items 0 and 3 the latter is third; item 3 is last.
  expect(recallAtK(similarity, [2, [0, 3], 3], [1, 2, 3, 4])).toEqual({ 1: 0, 2: 1 / 3, 3: 2 / 3, 4: 1 });
});

test('of equal similarities the lower item comes first', () => {
  expect(recallAtK([[1, 1, 1]], [1], [1, 2])).toEqual({ 1: 0, 2: 1 });
});

test('a right item that does not exist is an error', () => {
  expect(() => recallAtK([[1, 2]], [2])).toThrow('query 0: right items [2] are not among its 2 items');
  expect(() => recallAtK([[1, 2]], [[]])).toThrow('query 0');
  expect(() => recallAtK([[1, 2]], [])).toThrow('1 queries but 0 lists');
});

test('lists of what was found count as the whole order does, as far as they go', () => {
  expect(recallOfLists([[2, 0], [1], []], [[0], [1, 5], [0]], [1, 2])).toEqual({ 1: 1 / 3, 2: 2 / 3 });
  expect(() => recallOfLists([[1]], [])).toThrow('1 queries but 0 lists');
});
