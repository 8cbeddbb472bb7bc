/** What sampling does to scores before it draws, in transformers' order: temperature, topK, topP. */
import type { Settings } from './options.ts';
import { descending, largest } from './select.ts';

const never = Number.NEGATIVE_INFINITY;

/** Changes the scores in place. Beams keep one token more than there are end tokens, so that one of them can go on. */
export function warp(scores: Float32Array, { temperature, topK, topP, beams, eos }: Settings): void {
  const least = beams > 1 ? Math.max(1, eos.length) + 1 : 1;
  if (temperature !== 1) scale(scores, temperature);
  if (topK > 0) keepBest(scores, Math.max(topK, least));
  if (topP < 1) keepMass(scores, topP, least);
}

export function scale(scores: Float32Array, temperature: number): void {
  const divisor = Math.fround(temperature);
  for (let i = 0; i < scores.length; i++) scores[i] /= divisor;
}

/** Keeps the `count` best tokens, and those that equal the last of them. */
export function keepBest(scores: Float32Array, count: number): void {
  if (count >= scores.length) return;
  const threshold = scores[largest(scores, count)[count - 1]];
  for (let i = 0; i < scores.length; i++) if (scores[i] < threshold) scores[i] = never;
}

/** Keeps the fewest best tokens whose probabilities reach `mass` together, and at least `least`. */
export function keepMass(scores: Float32Array, mass: number, least = 1): void {
  let top = never;
  for (const score of scores) if (score > top) top = score;
  let total = 0;
  for (const score of scores) total += Math.exp(score - top);

  const kept = new Map<number, number>();
  let sum = 0;
  for (const token of descending(scores)) {
    if (kept.size >= least && sum >= mass * total) break;
    kept.set(token, scores[token]);
    sum += Math.exp(scores[token] - top);
  }
  scores.fill(never);
  for (const [token, score] of kept) scores[token] = score;
}
