import { describe, expect, test } from 'vitest';
import { uniformNumber } from '../../core/index.ts';
import { type MaskingOptions, maskRegions, maskTokens, maskWholeWords, matchingLabels, pickTask } from './masking.ts';

const [start, end, pad, mask] = [101, 102, 0, 103];
/** Numbers in a row from one seed. */
function drawing(seed: number) {
  let index = 0;
  return () => uniformNumber(seed, 7, index++);
}
const options = (seed: number): MaskingOptions => ({
  draw: drawing(seed),
  mask,
  replacements: [200, 300],
  special: new Set([start, end, pad, mask]),
});
const text = (length: number) => [start, ...Array.from({ length }, (_, i) => 1000 + i), end];

describe('tokens for themselves', () => {
  test('15 of 100 are hidden; 80% behind the mask, 10% behind another word, 10% not at all', () => {
    const ids = text(100_000);
    const masked = maskTokens(ids, options(1));
    const hidden = masked.labels.flatMap((label, at) => (label === -100 ? [] : [at]));
    const share = (test: (at: number) => boolean) => hidden.filter(test).length / hidden.length;
    expect(hidden.length / 100_000).toBeCloseTo(0.15, 2);
    expect(share((at) => masked.ids[at] === mask)).toBeCloseTo(0.8, 1.7);
    expect(share((at) => masked.ids[at] >= 200 && masked.ids[at] < 300)).toBeCloseTo(0.1, 1.7);
    expect(share((at) => masked.ids[at] === ids[at])).toBeCloseTo(0.1, 1.7);
    expect(hidden.every((at) => masked.labels[at] === ids[at])).toBe(true);
    expect(ids.every((id, at) => masked.labels[at] !== -100 || masked.ids[at] === id)).toBe(true);
  });

  test('at least the first word is hidden, and never a special token', () => {
    const { labels } = maskTokens(text(3), { ...options(1), draw: () => 0.99 });
    expect(labels).toEqual([-100, 1000, -100, -100, -100]);
    expect(maskTokens([start, end], options(1)).labels).toEqual([-100, -100]);
  });
});

describe('whole words', () => {
  const whole = (seed: number) => ({
    ...options(seed),
    edges: new Set([start, end]),
    continues: (id: number) => id >= 2000,
  });
  const padded = (ids: number[], length: number) => [...ids, ...Array(length - ids.length).fill(pad)];

  test('all pieces of a word are hidden or none', () => {
    // Three words of two pieces each, in a row of 40: six tokens may be hidden.
    const ids = padded([start, 1000, 2000, 1001, 2001, 1002, 2002, end], 40);
    for (let seed = 0; seed < 50; seed++) {
      const { labels } = maskWholeWords(ids, whole(seed));
      for (const at of [1, 3, 5]) expect(labels[at] === -100).toBe(labels[at + 1] === -100);
      expect(labels.filter((label) => label !== -100).length).toBeLessThanOrEqual(6);
    }
  });

  test('a row of 50 has at most 8 labels, none on padding or at the edges', () => {
    let most = 0;
    for (let seed = 0; seed < 200; seed++) {
      const ids = padded(text(30), 50);
      const { labels } = maskWholeWords(ids, { ...whole(seed), continues: () => false });
      const hidden = labels.flatMap((label, at) => (label === -100 ? [] : [ids[at]]));
      expect(hidden.some((id) => [start, end, pad].includes(id))).toBe(false);
      most = Math.max(most, hidden.length);
    }
    expect(most).toBe(8);
  });

  test('short texts in long rows may have no label', () => {
    const counts = Array.from({ length: 200 }, (_, seed) => {
      const { labels } = maskWholeWords(padded(text(2), 40), whole(seed));
      return labels.filter((label) => label !== -100).length;
    });
    expect(counts).toContain(0);
    expect(Math.max(...counts)).toBeGreaterThan(0);
  });
});

test('one region is hidden even where chance hides none', () => {
  expect(maskRegions(5, () => 0.9)).toEqual([4]);
  expect(maskRegions(4, () => 0.1)).toEqual([0, 1, 2, 3]);
  expect(maskRegions(0, () => 0.9)).toEqual([]);
});

test('half of a batch keeps its pictures, rounded down', () => {
  const labels = matchingLabels.half(7, drawing(3));
  expect(labels.filter((label) => label === 1)).toHaveLength(3);
  expect(labels).toHaveLength(7);
  const each = matchingLabels.each(4000, drawing(4));
  expect(each.reduce((a, b) => a + b) / 4000).toBeCloseTo(0.5, 1);
});

test('objectives come as often as their weights say', () => {
  const draw = drawing(5);
  const counts = { matching: 0, words: 0, never: 0 };
  for (let i = 0; i < 4000; i++) counts[pickTask({ matching: 1, words: 3, never: 0 }, draw)]++;
  expect(counts.words / 4000).toBeCloseTo(0.75, 1);
  expect(counts.never).toBe(0);
  expect(() => pickTask({ never: 0 }, draw)).toThrow('a weight above 0');
});
