/** Which patches of a batch the model reads, decided on the host: none beyond the largest picture, or a random share. */
import { int64, type NDArray } from '../../core/index.ts';

/** int64 pixel mask [b, h·p, w·p] → int64 [b, h, w]: a patch is real where its top left pixel is. */
export function patchesOf({ shape: [pictures, height, width], data }: NDArray, patchSize: number): NDArray {
  const [h, w] = [height / patchSize, width / patchSize];
  const real = Array.from({ length: pictures * h * w }, (_, i) => {
    const [picture, y, x] = [Math.floor(i / (h * w)), Math.floor((i % (h * w)) / w), i % w];
    return Number(data[(picture * height + y * patchSize) * width + x * patchSize]);
  });
  return int64([pictures, h, w], real);
}

export interface KeepOptions {
  /** At most this many a picture (200 in pre-training, section 4.1 of the paper). Default: all of the largest picture. */
  most?: number;
  /** Numbers in [0, 1) for choosing; without it the first patches are kept. */
  random?: () => number;
}

/**
 * mask int64 [b, h, w] → int64 [b, k], patches as row · w + column, in order.
 *
 * Real patches come first; a picture with fewer than k is filled up with padding, which the mask hides. The original
 * shuffles what it keeps; attention does not see order, so here it stays.
 */
export function keepPatches(mask: NDArray, { most = Number.POSITIVE_INFINITY, random }: KeepOptions = {}): NDArray {
  const [pictures, h, w] = mask.shape;
  const real = (picture: number, at: number) => Number(mask.data[picture * h * w + at]) === 1;
  const largest = Math.max(...Array.from({ length: pictures }, (_, i) => extent(mask, i)));
  const k = Math.min(largest, most);
  const kept = Array.from({ length: pictures }, (_, picture) => {
    const all = [...Array(h * w).keys()];
    const [inside, outside] = [all.filter((at) => real(picture, at)), all.filter((at) => !real(picture, at))];
    const chosen = random && inside.length > k ? sample(inside, k, random) : inside.slice(0, k);
    return [...chosen, ...outside.slice(0, k - chosen.length)];
  });
  return int64([pictures, k], kept.flat());
}

/** Rows times columns of a picture, counted along its first column and first row. */
function extent({ shape: [, h, w], data }: NDArray, picture: number): number {
  const start = picture * h * w;
  let [rows, columns] = [0, 0];
  for (let y = 0; y < h; y++) rows += Number(data[start + y * w]);
  for (let x = 0; x < w; x++) columns += Number(data[start + x]);
  return rows * columns;
}

/** `k` of the values, in their order (reservoir-free: each is kept with the chance that fills what is left). */
function sample(values: readonly number[], k: number, random: () => number): number[] {
  let needed = k;
  return values.filter((_, i) => {
    const keep = random() * (values.length - i) < needed;
    if (keep) needed--;
    return keep;
  });
}
