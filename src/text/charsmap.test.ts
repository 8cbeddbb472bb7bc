import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { charsMap } from './charsmap.ts';
import { tokenizerFromFiles } from './tokenizer.ts';

const goldens = join(import.meta.dirname, '../../test/goldens/tokenizers');
const golden = JSON.parse(readFileSync(join(goldens, 'charsmap.json'), 'utf8')) as {
  charsmap: string;
  normalized: Record<string, string>;
  unigramIds: Record<string, number[]>;
};

test('a SentencePiece table replaces what Rust replaces', () => {
  const normalize = charsMap(golden.charsmap);
  for (const [text, normal] of Object.entries(golden.normalized)) expect(normalize(text), text).toBe(normal);
});

test('a tokenizer with such a table gives the ids of Rust', () => {
  const json = JSON.parse(readFileSync(join(goldens, 'unigram/tokenizer.json'), 'utf8'));
  const table = { type: 'Precompiled', precompiled_charsmap: golden.charsmap };
  json.normalizer = { type: 'Sequence', normalizers: [table, { type: 'Lowercase' }] };
  const tokenizer = tokenizerFromFiles({ 'tokenizer.json': JSON.stringify(json) });
  for (const [text, ids] of Object.entries(golden.unigramIds)) expect(tokenizer.encode(text).ids, text).toEqual(ids);
});

test('a table that is cut short is refused', () => {
  expect(() => charsMap(golden.charsmap.slice(0, 40))).toThrow('precompiled_charsmap is cut short');
  expect(() => charsMap('')).toThrow('cut short');
});
