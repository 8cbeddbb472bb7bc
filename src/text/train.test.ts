import { expect, test } from 'vitest';
import { tokenizerFromJson, trainWordPiece } from './index.ts';

const texts = ['A red dog.', 'a red cat', 'two dogs and a café', 'a very elephantine dog'];
const vocabularyOf = (json: { model: { vocab: object } }) => json.model.vocab as Record<string, number>;

test('special tokens come first and every word of the texts is one token', () => {
  const json = trainWordPiece(texts, { size: 200 });
  expect(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((token) => vocabularyOf(json)[token])).toEqual([
    0, 1, 2, 3, 4,
  ]);
  const tokenizer = tokenizerFromJson(json);
  for (const text of texts) {
    const { ids } = tokenizer.encode(text, { specialTokens: false });
    expect(ids.length).toBe(text.replace('.', ' .').split(' ').length);
    expect(tokenizer.decode(ids)).toBe(text.toLowerCase().replace('é', 'e'));
  }
});

test('words never seen are spelled, not unknown', () => {
  const tokenizer = tokenizerFromJson(trainWordPiece(texts, { size: 200 }));
  const { ids } = tokenizer.encode('zebras and quokkas? "jazz" 1987');
  expect(ids).not.toContain(tokenizer.special.unk);
  expect(tokenizer.decode(ids)).toBe('zebras and quokkas? " jazz " 1987');
});

test('the same texts in another order give the same vocabulary', () => {
  const options = { size: 110 };
  expect(trainWordPiece([...texts].reverse(), options)).toEqual(trainWordPiece(texts, options));
});

test('when words do not fit, frequent ones stay whole and the others get pieces', () => {
  const rare = Array.from({ length: 30 }, (_, i) => `thing${'abcdefghij'[i % 10]}${'klm'[i % 3]}`);
  const json = trainWordPiece([...Array<string>(5).fill('common'), ...rare], { size: 110 });
  expect(Object.keys(vocabularyOf(json))).toHaveLength(110);
  const tokenizer = tokenizerFromJson(json);
  const length = (word: string) => tokenizer.encode(word, { specialTokens: false }).ids.length;
  expect(length('common')).toBe(1);
  const spelled = rare.filter((word) => length(word) > 1);
  expect(spelled.length).toBeGreaterThan(0);
  for (const word of spelled) expect(length(word), word).toBeLessThan(5);
});

test('cased vocabularies keep capitals apart', () => {
  const tokenizer = tokenizerFromJson(trainWordPiece(['Paris paris'], { size: 200, lowercase: false }));
  expect(tokenizer.encode('Paris paris').ids).toHaveLength(4);
  expect(tokenizer.id('Paris')).not.toBe(tokenizer.id('paris'));
});

test('a size below the characters is refused', () => {
  expect(() => trainWordPiece(texts, { size: 50 })).toThrow('size 50 is below the');
});
