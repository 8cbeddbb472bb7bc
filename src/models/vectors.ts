/** Vectors of pictures and texts in one space. */
import type { NDArray } from '../core/index.ts';
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
