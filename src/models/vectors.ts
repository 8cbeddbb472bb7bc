/** Vectors of pictures and texts in one space. */
import { float32, type NDArray } from '../core/index.ts';
import type { Similarity } from './model.ts';

/** Cosines of unit vectors, rows of pictures. */
export const cosines = (pictures: readonly Float32Array[], texts: readonly Float32Array[]): Similarity[][] =>
  pictures.map((picture) => texts.map((text) => text.reduce((sum, value, i) => sum + value * picture[i], 0)));

/** float32 [..., width] → its rows. */
export function rowsOf({ shape, data }: NDArray): Float32Array[] {
  const width = shape[shape.length - 1];
  const row = (i: number) => (data as Float32Array).slice(i * width, (i + 1) * width);
  return Array.from({ length: data.length / width }, (_, i) => row(i));
}

/** Vectors of one length → float32 [rows, length]. */
export function stacked(vectors: readonly Float32Array[]): NDArray {
  const width = vectors[0].length;
  const data = new Float32Array(vectors.length * width);
  for (const [i, vector] of vectors.entries()) data.set(vector, i * width);
  return float32([vectors.length, width], data);
}

/** What `work` makes of a long list, so many items at a time. */
export async function inPieces<T, R>(
  items: readonly T[],
  size: number,
  work: (piece: T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const all: R[] = [];
  for (let start = 0; start < items.length; start += size) all.push(...(await work(items.slice(start, start + size))));
  return all;
}
