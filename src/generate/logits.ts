import { type NDArray, ShapeError, SightreadError, toFloat32 } from '../core/index.ts';

/** The logits [rows, vocabulary] row by row; they share the array's memory. */
export function rowsOf(logits: NDArray, rows: number, vocabulary: number): Float32Array[] {
  const data = toFloat32(logits);
  if (data.length !== rows * vocabulary)
    throw new ShapeError(`the decoder gave logits [${logits.shape.join(', ')}] instead of [${rows}, ${vocabulary}]`);
  return Array.from({ length: rows }, (_, row) => data.subarray(row * vocabulary, (row + 1) * vocabulary));
}

/** Log of the sum of the exponentials: a token's log-probability is its logit less this. */
export function logSumExp(logits: Float32Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) if (logits[i] > top) top = logits[i];
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - top);
  const value = top + Math.log(sum);
  if (!Number.isFinite(value))
    throw new SightreadError('the model gave scores that are not numbers; its weights or their precision do not fit');
  return value;
}
