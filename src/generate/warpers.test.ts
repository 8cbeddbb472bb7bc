import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { uniformNumber } from '../core/index.ts';
import { keepBest, keepMass, scale } from './warpers.ts';

interface Case {
  temperature: number;
  topK: number;
  topP: number;
  least: number;
  levels: number;
  /** What transformers' warpers leave: scores by token. */
  kept: Record<string, number>;
}

const goldens = new URL('../../test/goldens/generate/cases.json', import.meta.url);
const { warpers } = JSON.parse(readFileSync(goldens, 'utf8')) as { warpers: Case[] };

test('temperature, topK and topP leave what the warpers of transformers leave, equal scores included', () => {
  warpers.forEach(({ temperature, topK, topP, least, levels, kept }, number) => {
    const scores = Float32Array.from({ length: 60 }, (_, i) => {
      const value = uniformNumber(number, 11, i);
      return levels > 0 ? Math.floor(value * levels) : value * 6;
    });
    if (temperature !== 1) scale(scores, temperature);
    if (topK > 0) keepBest(scores, Math.max(topK, least));
    if (topP < 1) keepMass(scores, topP, least);
    const setting = `case ${number}: temperature ${temperature}, topK ${topK}, topP ${topP}, least ${least}`;
    const left = [...scores.entries()].filter(([, score]) => score !== Number.NEGATIVE_INFINITY);
    // Which of equal scores topP drops is left open by an unstable sort there; how many stay is not.
    const open = levels > 0 && topP < 1;
    if (!open)
      expect(
        left.map(([token]) => `${token}`),
        setting,
      ).toEqual(Object.keys(kept));
    const values = (list: number[]) => list.sort((a, b) => a - b);
    const [ours, theirs] = [values(left.map(([, score]) => score)), values(Object.values(kept))];
    expect(ours.length, setting).toBe(theirs.length);
    ours.forEach((score, i) => {
      expect(score, setting).toBeCloseTo(theirs[i], 5);
    });
  });
  expect(warpers.length).toBe(192);
});
