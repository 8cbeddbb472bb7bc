import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  bleu1,
  bleu2,
  bleu3,
  bleu4,
  captionMetrics,
  cider,
  ciderPlain,
  exactMatch,
  meteor,
  ptbTokens,
  rougeL,
  type Scores,
  wordF1,
} from './index.ts';

interface Row {
  candidate: string;
  references: string[];
  candidateTokens: string[];
  referenceTokens: string[][];
}
type Name = 'bleu1' | 'bleu2' | 'bleu3' | 'bleu4' | 'rougeL' | 'meteor' | 'cider' | 'ciderPlain';
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../test/goldens/metrics/captions.json'), 'utf8'),
) as { rows: Row[]; scores: Record<Name, Scores> };
const single = { bleu1, bleu2, bleu3, bleu4, rougeL, meteor, cider, ciderPlain, exactMatch, wordF1 };
const candidates = golden.rows.map((row) => row.candidate);
const references = golden.rows.map((row) => row.references);

test('tokens are those of the Java Penn Treebank tokeniser', () => {
  for (const row of golden.rows) {
    expect(ptbTokens(row.candidate)).toEqual(row.candidateTokens);
    expect(row.references.map(ptbTokens)).toEqual(row.referenceTokens);
  }
});

test.each(['bleu1', 'bleu2', 'bleu3', 'bleu4', 'rougeL', 'meteor', 'cider', 'ciderPlain'] as const)(
  '%s equals pycocoevalcap, the set and each caption',
  (name) => {
    const { score, each } = single[name](candidates, references);
    expect(score).toBeCloseTo(golden.scores[name].score, 12);
    for (const [i, value] of each.entries()) expect(value, candidates[i]).toBeCloseTo(golden.scores[name].each[i], 12);
  },
);

test('captionMetrics gives the same numbers as the single metrics', () => {
  for (const [name, scores] of Object.entries(captionMetrics(candidates, references)))
    expect(scores).toEqual(single[name as keyof typeof single](candidates, references));
});

test('exactMatch compares tokens, not spelling of case and punctuation', () => {
  const { score, each } = exactMatch(['A dog.', 'a cat'], [['the dog', 'a DOG!'], ['a dog']]);
  expect(each).toEqual([1, 0]);
  expect(score).toBe(0.5);
});

test('wordF1 counts shared words once each, against the best reference', () => {
  // 2 of the 3 candidate words and 2 of the 4 reference words are shared: 2 * 2 / (3 + 4).
  expect(wordF1(['red red apple'], [['a banana', 'a red apple here']]).each[0]).toBeCloseTo(4 / 7, 12);
  expect(wordF1(['!'], [['...']]).score).toBe(1);
});

test('lists that do not pair up are refused by name', () => {
  expect(() => cider(['a'], [])).toThrow('1 candidates but 0 lists of references');
  expect(() => cider([], [])).toThrow('no candidates');
  expect(() => bleu4(['a', 'b'], [['a'], []])).toThrow('candidate 1 ("b") has no reference');
});
