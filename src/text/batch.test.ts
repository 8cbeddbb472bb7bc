import { expect, test } from 'vitest';
import { batch, tokenizerFromFiles, tokenizerFromJson, wordPieceJson } from './index.ts';

const tokenizer = tokenizerFromJson(wordPieceJson(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'b', 'c', 'd']));
const numbers = (data: ArrayLike<unknown>) => Array.from(data, Number);

test('rows are padded to the longest, on the side asked for', () => {
  const right = batch(tokenizer, ['a b', 'c']);
  expect(right.ids).toMatchObject({ dtype: 'int64', shape: [2, 4] });
  expect(numbers(right.ids.data)).toEqual([2, 5, 6, 3, 2, 7, 3, 0]);
  expect(numbers(right.mask.data)).toEqual([1, 1, 1, 1, 1, 1, 1, 0]);
  const left = batch(tokenizer, ['a b', 'c'], { side: 'left' });
  expect(numbers(left.ids.data)).toEqual([2, 5, 6, 3, 0, 2, 7, 3]);
  expect(numbers(left.mask.data)).toEqual([1, 1, 1, 1, 0, 1, 1, 1]);
});

test("pad: 'max' fills to maxLength and longer rows are cut inside their special tokens", () => {
  const { ids } = batch(tokenizer, ['a b c d', 'a'], { pad: 'max', maxLength: 5, padId: 9 });
  expect(ids.shape).toEqual([2, 5]);
  expect(numbers(ids.data)).toEqual([2, 5, 6, 7, 3, 2, 5, 3, 9, 9]);
  expect(() => batch(tokenizer, ['a'], { pad: 'max' })).toThrow('needs maxLength');
});

test('pairs carry type ids and lose the longer text first', () => {
  const { ids, typeIds } = batch(tokenizer, [['a b c', 'd']], { maxLength: 6 });
  expect(numbers(ids.data)).toEqual([2, 5, 6, 3, 8, 3]);
  expect(numbers(typeIds.data)).toEqual([0, 0, 0, 0, 1, 1]);
});

test.each([
  // What the Rust library keeps of two texts of these lengths in four places.
  [8, 3, [2, 2]],
  [2, 8, [2, 2]],
  [1, 8, [1, 3]],
  [8, 1, [3, 1]],
  [3, 1, [3, 1]],
])('two texts of %i and %i tokens share four places', (first, second, kept) => {
  const { ids } = tokenizer.encode('a '.repeat(first), { pair: 'b '.repeat(second), maxLength: 7 });
  expect([5, 6].map((token) => ids.filter((id) => id === token).length)).toEqual(kept);
});

test('a length below the special tokens, or padding without a token for it, is refused', () => {
  expect(() => tokenizer.encode('a', { maxLength: 1 })).toThrow('maxLength 1 leaves no room beside 2 special tokens');
  const bare = tokenizerFromFiles({ 'vocab.json': '{"a": 0, "b": 1}', 'merges.txt': '' });
  expect(() => batch(bare, ['a', 'ab'])).toThrow('pass { padId }');
  expect(batch(bare, ['a', 'b']).ids.shape).toEqual([2, 1]);
});
