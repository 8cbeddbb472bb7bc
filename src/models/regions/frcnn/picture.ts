/** A picture as the detector was trained to see it: blue first, means taken off, not rounded after resizing. */
import { float32, InputError, type NDArray } from '../../../core/index.ts';
import type { Pixels } from '../../../image/index.ts';
import type { FrcnnConfig } from './config.ts';
import { stride } from './model.ts';

export interface Prepared {
  /** float32 [1, 3, height, width] */
  pixels: NDArray;
  width: number;
  height: number;
}

/** The shorter side becomes `shorter`, unless the longer would then be over `longest`. */
export function sizeSeen(
  { width, height }: { width: number; height: number },
  { shorter, longest }: Pick<FrcnnConfig['picture'], 'shorter' | 'longest'>,
): { width: number; height: number } {
  const wanted = shorter / Math.min(width, height);
  const scale = Math.max(width, height) * wanted > longest ? longest / Math.max(width, height) : wanted;
  return { width: Math.floor(width * scale + 0.5), height: Math.floor(height * scale + 0.5) };
}

export function prepare(picture: Pixels, config: FrcnnConfig['picture']): Prepared {
  const { width, height } = sizeSeen(picture, config);
  if (Math.min(width, height) < stride)
    throw new InputError(
      `a picture of ${picture.width} × ${picture.height} is too narrow to find regions in; crop it to less than ${Math.floor(config.longest / stride)} to 1`,
    );
  const [rows, columns] = [taps(picture.height, height), taps(picture.width, width)];
  const data = new Float32Array(3 * width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++)
      for (let channel = 0; channel < 3; channel++) {
        const value = (row: number, column: number) => picture.data[(row * picture.width + column) * 3 + 2 - channel];
        const mix = (row: number) =>
          value(row, columns.first[x]) * (1 - columns.share[x]) + value(row, columns.second[x]) * columns.share[x];
        const mixed = mix(rows.first[y]) * (1 - rows.share[y]) + mix(rows.second[y]) * rows.share[y];
        data[channel * width * height + at] = (mixed - config.mean[channel]) / config.deviation[channel];
      }
  return { pixels: float32([1, 3, height, width], data), width, height };
}

/** Which two pixels each new one lies between, and how near to the second. Shrinking skips pixels, as OpenCV does. */
function taps(from: number, to: number) {
  const at = Array.from({ length: to }, (_, i) => Math.max(0, ((i + 0.5) * from) / to - 0.5));
  const first = at.map((x) => Math.min(from - 1, Math.floor(x)));
  return { first, second: first.map((x) => Math.min(from - 1, x + 1)), share: at.map((x, i) => x - first[i]) };
}
