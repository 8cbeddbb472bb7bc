/**
 * Resizing with the same bits as Pillow's `Image.resize` on 8-bit pictures (its src/libImaging/Resample.c and, for
 * nearest, Geometry.c). Checkpoints were trained behind that resampler; one level of difference here moves logits.
 *
 * Each output pixel is a weighted sum over a window of the input. When shrinking, the window grows with the scale, so
 * every input pixel counts (antialiasing). There are two passes, rows and columns, with rounding to 8 bits between.
 *
 * The order of the passes shows in the last bit. It is that of Pillow up to 12, behind which the published checkpoints
 * were trained: rows first, but for very tall pictures. Pillow 13 picks the cheaper order instead.
 */
import { InputError } from '../core/errors.ts';
import { type Pixels, pixels } from './pixels.ts';

export type ResampleFilter = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

interface Kernel {
  /** Half the width of the window, in input pixels, when the size does not change. */
  readonly support: number;
  readonly weight: (x: number) => number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const kernels: Record<Exclude<ResampleFilter, 'nearest'>, Kernel> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Pillow writes the two constants as floats, which is visible in the last bit of some weights.
  hamming: {
    support: 1,
    weight: (x) =>
      Math.abs(x) >= 1 ? 0 : sinc(x) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(Math.PI * Math.abs(x))),
  },
  bicubic: {
    support: 2,
    weight: (signed) => {
      const x = Math.abs(signed);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Weights are integers scaled by 2^22: 8 bits for the sample and 2 spare bits for overshoot fit beside them in 32. */
const PRECISION_BITS = 32 - 8 - 2;
const HALF = 1 << (PRECISION_BITS - 1);

/** Output position i reads the input from `starts[i]` on, with the weights `offsets[i]` up to `offsets[i + 1]`. */
interface Windows {
  readonly starts: Int32Array;
  readonly offsets: Int32Array;
  readonly weights: Int32Array;
}

function windows(inputSize: number, outputSize: number, { support, weight }: Kernel): Windows {
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  const longest = Math.ceil(reach) * 2 + 1;
  const starts = new Int32Array(outputSize);
  const offsets = new Int32Array(outputSize + 1);
  const weights = new Int32Array(outputSize * longest);
  const raw = new Float64Array(longest);
  for (let position = 0, offset = 0; position < outputSize; position++) {
    const center = (position + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - reach + 0.5));
    const length = Math.min(inputSize, Math.trunc(center + reach + 0.5)) - start;
    let sum = 0;
    // Multiplying by the reciprocal, not dividing, is what Pillow does; the last bit differs.
    for (let tap = 0; tap < length; tap++) sum += raw[tap] = weight((tap + start - center + 0.5) * (1 / stretch));
    for (let tap = 0; tap < length; tap++) {
      const scaled = (sum === 0 ? raw[tap] : raw[tap] / sum) * (1 << PRECISION_BITS);
      weights[offset++] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
    starts[position] = start;
    offsets[position + 1] = offset;
  }
  return { starts, offsets, weights };
}

/**
 * One output pixel: the sum of input pixels that begin at byte `source` and lie `step` bytes apart, each times its
 * weight. Every `| 0` tells V8 that the number is a 32-bit integer; without them it falls back to doubles once pictures
 * of many sizes have passed, and a resize takes 1.3 times as long.
 */
function sumWindow(
  data: Uint8Array,
  source: number,
  step: number,
  weights: Int32Array,
  first: number,
  end: number,
  out: Uint8ClampedArray,
  target: number,
): void {
  const hop = step | 0;
  const stop = end | 0;
  const pixel = target | 0;
  let red = HALF;
  let green = HALF;
  let blue = HALF;
  for (let tap = first | 0, at = source | 0; tap < stop; tap++, at += hop) {
    const weight = weights[tap];
    red = (red + Math.imul(data[at], weight)) | 0;
    green = (green + Math.imul(data[at + 1], weight)) | 0;
    blue = (blue + Math.imul(data[at + 2], weight)) | 0;
  }
  out[pixel] = red >> PRECISION_BITS;
  out[pixel + 1] = green >> PRECISION_BITS;
  out[pixel + 2] = blue >> PRECISION_BITS;
}

function resizeRows(from: Pixels, width: number, kernel: Kernel): Pixels {
  if (width === from.width) return from;
  const { starts, offsets, weights } = windows(from.width, width, kernel);
  const out = new Uint8ClampedArray(width * from.height * 3);
  for (let y = 0, target = 0; y < from.height; y++)
    for (let x = 0; x < width; x++, target += 3)
      sumWindow(from.data, (y * from.width + starts[x]) * 3, 3, weights, offsets[x], offsets[x + 1], out, target);
  return pixels(width, from.height, new Uint8Array(out.buffer));
}

function resizeColumns(from: Pixels, height: number, kernel: Kernel): Pixels {
  if (height === from.height) return from;
  const { starts, offsets, weights } = windows(from.height, height, kernel);
  const step = from.width * 3;
  const out = new Uint8ClampedArray(step * height);
  for (let y = 0, target = 0; y < height; y++)
    for (let x = 0; x < from.width; x++, target += 3)
      sumWindow(from.data, starts[y] * step + x * 3, step, weights, offsets[y], offsets[y + 1], out, target);
  return pixels(from.width, height, new Uint8Array(out.buffer));
}

/** Pillow walks an affine map by repeated addition; so do we, because the rounding errors pick the pixels. */
function nearestPositions(inputSize: number, outputSize: number): Int32Array {
  const step = inputSize / outputSize;
  const positions = new Int32Array(outputSize);
  for (let i = 0, at = step * 0.5; i < outputSize; i++, at += step) positions[i] = Math.trunc(at);
  return positions;
}

function resizeNearest(picture: Pixels, width: number, height: number): Uint8Array {
  const columns = nearestPositions(picture.width, width);
  const rows = nearestPositions(picture.height, height);
  const out = new Uint8Array(width * height * 3);
  let target = 0;
  for (const row of rows) {
    for (const column of columns) {
      // A position pushed past the edge by rounding stays black, as in Pillow.
      if (row < picture.height && column < picture.width) {
        const source = (row * picture.width + column) * 3;
        out[target] = picture.data[source];
        out[target + 1] = picture.data[source + 1];
        out[target + 2] = picture.data[source + 2];
      }
      target += 3;
    }
  }
  return out;
}

/**
 * Resizes a picture, without keeping its aspect ratio. The result shares memory with the input when nothing changes.
 * Throws InputError when a side is not a whole number of at least 1.
 */
export function resize(
  picture: Pixels,
  { width, height }: { width: number; height: number },
  filter: ResampleFilter = 'bicubic',
): Pixels {
  for (const side of [width, height])
    if (!Number.isInteger(side) || side < 1)
      throw new InputError(
        `resizing ${picture.width} × ${picture.height} pixels to ${width} × ${height}: a side must be a whole number of at least 1`,
      );
  if (width === picture.width && height === picture.height) return picture;
  if (filter === 'nearest') return pixels(width, height, resizeNearest(picture, width, height));
  const kernel = kernels[filter];
  const narrowed = (from: Pixels) => resizeRows(from, width, kernel);
  const shortened = (from: Pixels) => resizeColumns(from, height, kernel);
  return columnsFirst(picture, height) ? narrowed(shortened(picture)) : shortened(narrowed(picture));
}

/** `Image.resize` in Pillow's Image.py: shrinking a tall ribbon first saves the large picture in between. */
const columnsFirst = (from: Pixels, height: number) => from.height > from.width * 100 && height < from.height;
