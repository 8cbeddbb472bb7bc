/** Random choices that depend on the seed, the row and the step alone, so that they repeat on every machine. */
import { saltOf, uniformNumber } from '../core/index.ts';
import { largest } from './select.ts';

/** A token drawn by the softmax of the scores. */
export function drawToken(scores: Float32Array, seed: number, row: number, step: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) if (scores[i] > top) top = scores[i];
  let total = 0;
  for (let i = 0; i < scores.length; i++) total += Math.exp(scores[i] - top);

  let left = total * uniformNumber(seed, saltOf(`token of row ${row}`), step);
  let last = 0;
  for (let i = 0; i < scores.length; i++) {
    const share = Math.exp(scores[i] - top);
    if (share === 0) continue;
    last = i;
    left -= share;
    if (left < 0) break;
  }
  return last;
}

/**
 * Indices of `count` different entries, drawn one after the other by the softmax of the scores: the largest after
 * Gumbel noise (Kool et al. 2019, arXiv 1903.06059).
 */
export function drawSeveral(scores: Float32Array, count: number, seed: number, row: number, step: number): Uint32Array {
  const salt = saltOf(`continuations of row ${row}, step ${step}`);
  const noisy = scores.map((score, i) => {
    if (score === Number.NEGATIVE_INFINITY) return score;
    // Half a step of the generator's 2^-24 keeps the logarithm finite.
    return score - Math.log(-Math.log(uniformNumber(seed, salt, i) + 2 ** -25));
  });
  return largest(noisy, count);
}
