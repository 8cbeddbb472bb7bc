/** Help for tests: seeded numbers and the finite-difference check of gradients. */
import { float32, type NDArray, sizeOf } from './array.ts';
import { saltOf, uniformNumber } from './ops/random.ts';
import type { ParameterList } from './params.ts';

/** Seeded numbers between `low` and `high`. */
export function randomArray(shape: readonly number[], seed: number, low = -1, high = 1): NDArray {
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => low + (high - low) * uniformNumber(seed, 7, i));
  return float32(shape, values);
}

/** Numbers for every parameter, drawn by its path: norms and gains near 1, the rest within `spread` of 0. */
export function drawnParameters(
  list: ParameterList,
  { seed, spread }: { seed: number; spread: number },
): Map<string, NDArray> {
  return new Map(
    [...list].map(({ path, shape, init }) => {
      const mean = init.kind === 'ones' ? 1 : 0;
      const draw = (_: unknown, i: number) => mean + spread * (2 * uniformNumber(seed, saltOf(path), i) - 1);
      return [path, float32(shape, Float32Array.from({ length: sizeOf(shape) }, draw))];
    }),
  );
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
