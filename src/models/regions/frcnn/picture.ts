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
  const down = taps(picture.height, height);
  const across = acrossRows(picture, width);
  const data = new Float32Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const [above, below, share] = [across(down.first[y]), across(down.second[y]), down.share[y]];
    for (let channel = 0; channel < 3; channel++) {
      const [mean, deviation] = [config.mean[channel], config.deviation[channel]];
      const start = (channel * height + y) * width;
      for (let x = 0, from = channel; x < width; x++, from += 3)
        data[start + x] = (above[from] * (1 - share) + below[from] * share - mean) / deviation;
    }
  }
  return { pixels: float32([1, 3, height, width], data), width, height };
}

/** Rows of a picture resized to `width`, blue first, asked for from top to bottom. Two are kept, as a new row lies between two. */
function acrossRows(picture: Pixels, width: number): (row: number) => Float64Array {
  const { first, second, share } = taps(picture.width, width);
  const kept: { row: number; values: Float64Array }[] = [];
  return (row) => {
    const known = kept.find((other) => other.row === row);
    if (known) return known.values;
    const values = kept.length < 2 ? new Float64Array(3 * width) : kept.shift()!.values;
    const start = row * picture.width;
    for (let x = 0, at = 0; x < width; x++)
      for (let channel = 2; channel >= 0; channel--, at++) {
        const pixel = (column: number) => picture.data[3 * (start + column) + channel];
        values[at] = pixel(first[x]) * (1 - share[x]) + pixel(second[x]) * share[x];
      }
    kept.push({ row, values });
    return values;
  };
}

/** Which two pixels each new one lies between, and how near to the second. Shrinking skips pixels, as OpenCV does. */
function taps(from: number, to: number) {
  const at = Array.from({ length: to }, (_, i) => Math.max(0, ((i + 0.5) * from) / to - 0.5));
  const first = at.map((x) => Math.min(from - 1, Math.floor(x)));
  return { first, second: first.map((x) => Math.min(from - 1, x + 1)), share: at.map((x, i) => x - first[i]) };
}
