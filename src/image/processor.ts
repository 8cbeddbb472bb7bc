/**
 * Image processors: from decoded pixels to model inputs, with the numbers of transformers' PIL-backed classes.
 * h, w: height and width after resizing and cropping; b: pictures in a batch.
 */
import { float32, int64, type NDArray } from '../core/array.ts';
import { InputError } from '../core/errors.ts';
import { type ProcessorSettings, readProcessorConfig } from './config.ts';
import { geometries } from './geometry.ts';
import type { Pixels } from './pixels.ts';

export interface PixelBatch {
  /** float32 [b, 3, h, w] */
  readonly pixelValues: NDArray;
  /** int64 [b, h, w], 1 on the picture and 0 on padding; only from processors that pad (ViLT). */
  readonly pixelMask?: NDArray;
}

export interface ImageProcessor {
  /** One picture → float32 [3, h, w]. Throws InputError when the picture is too narrow to resize. */
  (picture: Pixels): NDArray;
  /** Pictures (or the frames of a video) → one batch. Throws InputError when sizes differ and the processor does not pad. */
  batch(pictures: readonly Pixels[]): PixelBatch;
  readonly settings: ProcessorSettings;
}

/**
 * The processor that a parsed `preprocessor_config.json` describes. Throws CheckpointError naming the key when it says
 * something that is not understood here.
 */
export function imageProcessor(config: unknown): ImageProcessor {
  const settings = readProcessorConfig(config);
  const toModelSize = (picture: Pixels) =>
    picture.fitted === settings ? picture : geometries[settings.type](picture, settings);
  const levels = levelTables(settings);

  const single = (picture: Pixels): NDArray => {
    const fitted = toModelSize(picture);
    const { height, width } = fitted;
    const values = new Float32Array(3 * height * width);
    writePlanes(fitted, levels, values, { offset: 0, height, width });
    return float32([3, height, width], values);
  };

  const batch = (pictures: readonly Pixels[]): PixelBatch => {
    const fitted = pictures.map(toModelSize);
    const height = Math.max(0, ...fitted.map((picture) => picture.height));
    const width = Math.max(0, ...fitted.map((picture) => picture.width));
    if (!settings.pad) refuseUnequal(fitted, settings);
    const values = new Float32Array(fitted.length * 3 * height * width);
    for (const [i, picture] of fitted.entries())
      writePlanes(picture, levels, values, { offset: i * 3 * height * width, height, width });
    const pixelValues = float32([fitted.length, 3, height, width], values);
    return settings.pad ? { pixelValues, pixelMask: pixelMask(fitted, height, width) } : { pixelValues };
  };

  return Object.assign(single, { batch, settings });
}

/**
 * What each of the 256 sample values becomes, by channel. Rescaling is in float64 and normalising in float32, each
 * result rounded to float32, because numpy does that; so the values are equal to the last bit.
 */
function levelTables({ scale, mean, std }: ProcessorSettings): Float32Array[] {
  const { fround } = Math;
  return mean.map((_, channel) =>
    Float32Array.from({ length: 256 }, (_, level) =>
      fround(fround(fround(level * scale) - fround(mean[channel])) / fround(std[channel])),
    ),
  );
}

/** Interleaved bytes → three float planes of the given size, from the top left; what is not covered stays 0. */
function writePlanes(
  { data, height, width }: Pixels,
  levels: readonly Float32Array[],
  out: Float32Array,
  plane: { offset: number; height: number; width: number },
): void {
  for (const [channel, table] of levels.entries()) {
    const start = plane.offset + channel * plane.height * plane.width;
    for (let y = 0, source = channel; y < height; y++)
      for (let x = 0, target = start + y * plane.width; x < width; x++, source += 3)
        out[target++] = table[data[source]];
  }
}

function pixelMask(pictures: readonly Pixels[], height: number, width: number): NDArray {
  const mask = new BigInt64Array(pictures.length * height * width);
  for (const [i, picture] of pictures.entries())
    for (let y = 0; y < picture.height; y++) {
      const row = (i * height + y) * width;
      mask.fill(1n, row, row + picture.width);
    }
  return int64([pictures.length, height, width], mask);
}

function refuseUnequal(pictures: readonly Pixels[], { type }: ProcessorSettings): void {
  const sizes = new Set(pictures.map(({ width, height }) => `${width} × ${height}`));
  if (sizes.size > 1)
    throw new InputError(
      `batch of ${pictures.length}: ${type} gives different sizes here (${[...sizes].join(', ')}); process them one by one`,
    );
}
