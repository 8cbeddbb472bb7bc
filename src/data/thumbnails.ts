/** Telling pictures apart by what they look like: near-duplicates, and photo cut-outs from drawings. */
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

/**
 * Whether a cut-out is a photo: its pixels take many colours. Distinct colours at 6 bits a channel over opaque pixels
 * above 0.22 found photos with about 96% precision on a sample of 140.
 */
export function photographic({ rgba }: Raster): boolean {
  const colours = new Set<number>();
  let opaque = 0;
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i + 3] < 250) continue;
    opaque++;
    colours.add(((rgba[i] >> 2) << 12) | ((rgba[i + 1] >> 2) << 6) | (rgba[i + 2] >> 2));
  }
  return colours.size / Math.max(1, opaque) > 0.22;
}
