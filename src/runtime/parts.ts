/** Work on many rows, a few at a time. */
import { dtypes, type NDArray, SightreadError, sizeOf } from '../core/index.ts';
import type { Program, RunOptions } from './program.ts';

export interface PartOptions extends Pick<RunOptions, 'signal'> {
  /** Rows of one run. */
  rows: number;
}

/**
 * Runs a program on `rows` rows of its feeds at a time and joins the outputs. The first axis of every feed and of every
 * output counts the same rows, which the program treats each by itself.
 */
export async function runInParts(
  program: Program,
  feeds: Record<string, NDArray>,
  { rows, signal }: PartOptions,
): Promise<Record<string, NDArray>> {
  const all = Object.values(feeds)[0].shape[0];
  if (Object.values(feeds).some(({ shape }) => shape[0] !== all))
    throw new SightreadError('the feeds of a run in parts differ in their number of rows');
  if (all <= rows) return await program.run(feeds, { signal });
  const joined: Record<string, NDArray> = {};
  for (let start = 0; start < all; start += rows) {
    const part = mapValues(feeds, (value) => takeRows(value, start, Math.min(start + rows, all)));
    for (const [name, { dtype, shape, data }] of Object.entries(await program.run(part, { signal }))) {
      const whole = [all, ...shape.slice(1)];
      joined[name] ??= { dtype, shape: whole, data: new dtypes[dtype].array(sizeOf(whole)) };
      // Both hold the same dtype, which the union of typed arrays cannot tell.
      (joined[name].data as Float32Array).set(data as Float32Array, start * sizeOf(shape.slice(1)));
    }
  }
  return joined;
}

/** Rows `start` to `end` (not included), in the same memory. */
function takeRows({ dtype, shape, data }: NDArray, start: number, end: number): NDArray {
  const size = sizeOf(shape.slice(1));
  return { dtype, shape: [end - start, ...shape.slice(1)], data: data.subarray(start * size, end * size) };
}

const mapValues = <A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
