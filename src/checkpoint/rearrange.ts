/** Small rearrangements of arrays in memory, for tensors that published files hold in another order. */
import { dtypes, type NDArray, ndarray, sizeOf } from '../core/array.ts';

/** A matrix with its axes exchanged. */
export function transposed({ dtype, shape: [rows, columns], data }: NDArray): NDArray {
  const out = new dtypes[dtype].array(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) out[column * rows + row] = data[row * columns + column];
  return ndarray(dtype, [columns, rows], out);
}

/** The index-th of `count` equal slices along the first axis; shares memory. */
export function takeRows({ dtype, shape, data }: NDArray, index: number, count: number): NDArray {
  if (count === 1) return { dtype, shape, data };
  const length = data.length / count;
  return ndarray(dtype, [shape[0] / count, ...shape.slice(1)], data.subarray(index * length, (index + 1) * length));
}

/** Arrays of one dtype, one after another along the first axis. */
export function joinRows(parts: readonly NDArray[]): NDArray {
  if (parts.length === 1) return parts[0];
  const [{ dtype, shape }] = parts;
  const rows = parts.reduce((sum, part) => sum + part.shape[0], 0);
  const whole = [rows, ...shape.slice(1)];
  const out = new dtypes[dtype].array(sizeOf(whole));
  let start = 0;
  for (const { data } of parts) {
    out.set(data as never, start);
    start += data.length;
  }
  return ndarray(dtype, whole, out);
}
