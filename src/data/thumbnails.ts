/** Telling near-duplicates by what they look like. */
import type { Raster } from './raster.ts';

const grid = 8;

/** The picture on white, averaged over an 8×8 grid: 192 bytes. */
export function thumbnailOf({ rgba, width, height }: Raster): Uint8Array {
  const sums = new Float64Array(grid * grid * 3);
  const counts = new Float64Array(grid * grid);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const cell = Math.floor((y * grid) / height) * grid + Math.floor((x * grid) / width);
      const from = (y * width + x) * 4;
      const alpha = rgba[from + 3] / 255;
      for (let k = 0; k < 3; k++) sums[cell * 3 + k] += rgba[from + k] * alpha + 255 * (1 - alpha);
      counts[cell]++;
    }
  return Uint8Array.from(sums, (sum, i) => Math.round(sum / Math.max(1, counts[Math.floor(i / 3)])));
}

/** True copies were measured below a mean difference of 2 of 255; pale strangers begin at about 2.6. */
const sameBelow = 2;

export function nearDuplicate(a: Uint8Array, b: Uint8Array): boolean {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length < sameBelow;
}
