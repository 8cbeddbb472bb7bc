import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ptbAllTokens, ptbTokens } from './index.ts';

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../test/goldens/metrics/ptb.json'), 'utf8')) as {
  tokens: Record<string, string[]>;
};

test('contractions, abbreviations, numbers, marks and other scripts are cut as by the Java tokeniser', () => {
  for (const [text, tokens] of Object.entries(golden.tokens)) expect(ptbTokens(text), text).toEqual(tokens);
});

test('punctuation is there until it is dropped', () => {
  expect(ptbAllTokens('A "dog"? It isn\'t!')).toEqual(['a', "''", 'dog', "''", '?', 'it', 'is', "n't", '!']);
  expect(ptbTokens('A "dog"? It isn\'t!')).toEqual(['a', 'dog', 'it', 'is', "n't"]);
});

test('long runs of one character do not slow it down', () => {
  const started = performance.now();
  for (const text of ['a', '1', '.', '-', "a'", 'a.', '1,', '<a ', '@', '/a'].map((part) => part.repeat(2000)))
    ptbTokens(text);
  expect(performance.now() - started).toBeLessThan(5000);
});
