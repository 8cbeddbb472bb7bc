import { expect, test } from 'vitest';
import { drawSeveral, drawToken } from './draw.ts';
import { generate } from './generate.ts';
import { logSumExp } from './logits.ts';
import { TableDecoder } from './testing.ts';

const logits = Float32Array.from([0, 1, Number.NEGATIVE_INFINITY, 2, -1]);
const probabilities = logits.map((logit) => Math.exp(logit - logSumExp(logits)));

test('tokens are drawn by their probability', () => {
  const draws = 20_000;
  const counts = new Float64Array(logits.length);
  for (let step = 0; step < draws; step++) counts[drawToken(logits, 3, 0, step)]++;
  counts.forEach((count, token) => {
    const spread = Math.sqrt((probabilities[token] * (1 - probabilities[token])) / draws);
    expect(Math.abs(count / draws - probabilities[token])).toBeLessThanOrEqual(4 * spread);
  });
});

test('several tokens are drawn one after the other, none twice', () => {
  const draws = 20_000;
  const pairs = new Map<string, number>();
  for (let step = 0; step < draws; step++) {
    const pair = drawSeveral(logits, 2, 3, 0, step).join();
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  expect(pairs.size).toBe(12);
  for (const [pair, count] of pairs) {
    const [first, second] = pair.split(',').map((token) => probabilities[Number(token)]);
    const wanted = (first * second) / (1 - first);
    expect(Math.abs(count / draws - wanted)).toBeLessThanOrEqual(4 * Math.sqrt((wanted * (1 - wanted)) / draws));
  }
});

const sampled = (seed: number, extra = {}) =>
  generate(
    new TableDecoder({ seed: 1 }),
    { ids: [[4], [5]] },
    { sample: true, eos: 2, pad: 0, sequences: 3, seed, ...extra },
  );

test.each([1, 4])('with %i beams, a seed repeats what it drew and another draws something else', async (beams) => {
  const first = await sampled(7, { beams });
  expect(await sampled(7, { beams })).toEqual(first);
  expect((await sampled(8, { beams })).sequences).not.toEqual(first.sequences);
  expect(new Set(first.sequences.map(String)).size).toBeGreaterThan(2);
  expect(first.sequences.map(([token]) => token)).toEqual([4, 4, 4, 5, 5, 5]);
});

test('topK 1 and a temperature near 0 draw the best token', async () => {
  const best = await generate(new TableDecoder({ seed: 1 }), { ids: [[4], [5]] }, { eos: 2, pad: 0 });
  expect((await sampled(7, { topK: 1, sequences: 1 })).sequences).toEqual(best.sequences);
  expect((await sampled(7, { temperature: 1e-3, sequences: 1 })).sequences).toEqual(best.sequences);
});
