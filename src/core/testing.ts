/** Help for tests: seeded numbers and the finite-difference check of gradients. */
import { float32, type NDArray, sizeOf } from './array.ts';
import { uniformNumber } from './ops/random.ts';

/** Seeded numbers between `low` and `high`. */
export function randomArray(shape: readonly number[], seed: number, low = -1, high = 1): NDArray {
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => low + (high - low) * uniformNumber(seed, 7, i));
  return float32(shape, values);
}

/** Largest |a − b| / (1 + |b|) over two arrays of one length. */
export function largestError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(a[i] - b[i]) / (1 + Math.abs(b[i]));
    if (!(error <= largest)) largest = error;
  }
  return largest;
}
