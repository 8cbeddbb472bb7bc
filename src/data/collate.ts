/** Samples into arrays: pictures as normalised channels, captions as padded rows of ids. */
import { float32, InputError, int64, type NDArray } from '../core/index.ts';

export interface Normalisation {
  /** A channel's mean and deviation, on the scale from 0 to 1. */
  mean: readonly number[];
  std: readonly number[];
}

/** CLIP's statistics, which GIT's processors use. */
export const clipNormalisation: Normalisation = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

/** RGB pictures of one side (bytes, side × side × 3) → float32 [b, 3, side, side]. */
export function pixelBatch(
  pictures: readonly { pixels: Uint8Array; side: number }[],
  { mean, std }: Normalisation = clipNormalisation,
): NDArray {
  const side = pictures[0]?.side ?? 0;
  const plane = side * side;
  // A byte has 256 values: three tables take the place of a division for every pixel.
  const tables = mean.map((m, k) => Float32Array.from({ length: 256 }, (_, v) => (v / 255 - m) / std[k]));
  const out = new Float32Array(pictures.length * 3 * plane);
  for (const [b, picture] of pictures.entries()) {
    if (picture.side !== side)
      throw new InputError(`picture ${b} of a batch has side ${picture.side}, the first has ${side}; make them equal`);
    for (let k = 0; k < 3; k++) {
      const table = tables[k];
      const start = (b * 3 + k) * plane;
      for (let p = 0; p < plane; p++) out[start + p] = table[picture.pixels[p * 3 + k]];
    }
  }
  return float32([pictures.length, 3, side, side], out);
}

/** Rows of ids → int64 [b, t] filled up with `fill` on the right. */
export function paddedRows(rows: readonly (readonly number[])[], fill: number): NDArray {
  const length = Math.max(0, ...rows.map((row) => row.length));
  const out = new BigInt64Array(rows.length * length).fill(BigInt(fill));
  for (const [b, row] of rows.entries()) for (const [t, id] of row.entries()) out[b * length + t] = BigInt(id);
  return int64([rows.length, length], out as never);
}

/** What no label may count: PyTorch's ignore index. */
export const IGNORED = -100;

export interface CaptionBatch extends Record<string, NDArray> {
  /** float32 [b, 3, side, side] */
  pixels: NDArray;
  /** int64 [b, t], padded with `pad` */
  ids: NDArray;
  /** int64 [b, t], the same ids with `IGNORED` for padding */
  labels: NDArray;
}

/** A batch of captioned pictures. `encode` gives a caption's ids with its start and end tokens. */
export function captionBatch(
  samples: readonly { pixels: Uint8Array; side: number; caption: string }[],
  encode: (caption: string) => readonly number[],
  { pad = 0, normalisation }: { pad?: number; normalisation?: Normalisation } = {},
): CaptionBatch {
  const rows = samples.map(({ caption }) => encode(caption));
  return {
    pixels: pixelBatch(samples, normalisation),
    ids: paddedRows(rows, pad),
    labels: paddedRows(rows, IGNORED),
  };
}
