import { expect, test } from 'vitest';
import { int64 } from '../../core/index.ts';
import { pack } from './packing.ts';

const mask = (lengths: number[], width: number) =>
  int64(
    [lengths.length, width],
    lengths.flatMap((length) => Array.from({ length: width }, (_, i) => Number(i < length))),
  );
const numbers = ({ data }: { data: ArrayLike<number | bigint> }) => Array.from(data, Number);

test('regions follow the words of their own example', () => {
  const { order, mask: real, places } = pack(mask([3, 5], 5), mask([4, 2], 4));
  expect(order.shape).toEqual([2, 7]);
  expect(numbers(order)).toEqual([0, 1, 2, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6]);
  expect(numbers(real)).toEqual(Array(14).fill(1));
  expect(numbers(places)).toEqual([0, 1, 2, 0, 0, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 0]);
});

test('a shorter example ends in padding', () => {
  const { order, mask: real } = pack(mask([1, 2], 2), mask([1, 2], 2));
  expect(order.shape).toEqual([2, 4]);
  expect(numbers(real)).toEqual([1, 1, 0, 0, 1, 1, 1, 1]);
});
