import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { meanByGroup, normalizeAnswer, vqaAccuracy } from './index.ts';

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../test/goldens/metrics/vqa.json'), 'utf8')) as {
  normalized: Record<string, string>;
  rows: { answer: string; references: string[]; accuracy: number }[];
  overall: number;
};

test('answers are normalised as the official code does', () => {
  for (const [answer, expected] of Object.entries(golden.normalized))
    expect(normalizeAnswer(answer), answer).toBe(expected);
});

test('accuracies equal the official ones', () => {
  const answers = golden.rows.map((row) => row.answer);
  const { score, each } = vqaAccuracy(
    answers,
    golden.rows.map((row) => row.references),
  );
  for (const [i, row] of golden.rows.entries()) expect(each[i], row.answer).toBeCloseTo(row.accuracy, 10);
  expect(score).toBeCloseTo(golden.overall, 10);
});

test('scores average by group', () => {
  expect(meanByGroup([1, 0, 1], ['number', 'other', 'other'])).toEqual({ number: 1, other: 0.5 });
});

test('answers without references are refused by name', () => {
  expect(() => vqaAccuracy(['red'], [[]])).toThrow('answer "red" has no reference');
  expect(() => vqaAccuracy(['red'], [])).toThrow('1 answers but 0 lists');
});
