/** The concepts of the real packages, which are development dependencies. */
import { expect, test } from 'vitest';
import type { Concept } from './concepts.ts';
import { drawingsOf, emojiEntries, vendors } from './emoji.ts';

const entries = emojiEntries();
const concepts = [...new Set(entries.map(({ concept }) => concept))];

test('the object categories are there, clocks merged and mirrors dropped', () => {
  const objects = entries.filter(({ concept }) => concept.domain === 'object');
  // 857 emoji of the object categories less 22 clock times and 3 without a good phrase.
  expect(objects.length).toBeGreaterThan(820);
  expect(objects.length).toBeLessThanOrEqual(857);
  expect(entries.some(({ name }) => name.includes('facing right'))).toBe(false);
  expect(entries.filter(({ concept }) => concept.id === 'clock')).toHaveLength(2);
});

test('no group is on two sides, and every side has its share of the core concepts', () => {
  const sides = new Map<string, Set<string>>();
  for (const { group, side } of concepts) sides.set(group, (sides.get(group) ?? new Set()).add(side));
  expect([...sides].filter(([, set]) => set.size > 1)).toEqual([]);
  const core = concepts.filter((concept) => concept.core);
  const share = (side: Concept['side']) => core.filter((concept) => concept.side === side).length / core.length;
  expect(share('train')).toBeGreaterThan(0.78);
  expect(share('val-unseen')).toBeGreaterThan(0.07);
  expect(share('test-unseen')).toBeGreaterThan(0.07);
});

test('captions are phrases with an article or a number, in lower case', () => {
  const odd = concepts.filter(
    ({ phrase }) =>
      !/^(a|an|some|the|two) [a-z0-9][a-z0-9 .,'’&ñãé-]*$/.test(phrase) && !/^(santa|mrs\.) claus$/.test(phrase),
  );
  expect(odd.map(({ phrase }) => phrase)).toEqual([]);
  expect(
    concepts.filter(({ phrase }) => /\ba [aeio]|\ban [^aeiouhx]/.test(phrase) && !/a (one|eu)/.test(phrase)),
  ).toEqual([]);
  expect(concepts.filter(({ core, ja }) => core && !ja)).toEqual([]);
});

test('vendors are matched by name where they have no code, and wrong matches are kept away', () => {
  const counts = Object.fromEntries(
    vendors.map((vendor) => {
      const find = drawingsOf(vendor);
      return [vendor, entries.filter((entry) => entry.concept.domain === 'object' && find(entry)).length];
    }),
  );
  expect(counts.fluent).toBeGreaterThan(820);
  expect(counts.emojione).toBeGreaterThan(600);
  expect(counts.fxemoji).toBeGreaterThan(480);
  const named = (name: string) => entries.find((entry) => entry.name === name)!;
  expect(drawingsOf('emojione')(named('cricket'))).toBeUndefined();
  expect(drawingsOf('fxemoji')(named('window'))).toBeUndefined();
  expect(drawingsOf('fxemoji')(named('red apple'))).toBeDefined();
});
