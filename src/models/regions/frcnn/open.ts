/** The Faster R-CNN of a folder or of the hub, ready to find regions. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { openCheckpoint, type ResolveOptions, resolveModel } from '../../../checkpoint/index.ts';
import { CheckpointError, float32, reason } from '../../../core/index.ts';
import { decodeImage, type ImageSource } from '../../../image/index.ts';
import type { Program } from '../../../runtime/index.ts';
import type { RuntimeOptions, WeightMap } from '../../running.ts';
import { type Boxes, pick, scaled } from '../boxes.ts';
import { chooseByBestClass, chooseBySurvival, movedForClasses, type Table } from '../choose.ts';
import type { DetectOptions, FoundRegions, RegionDetector } from '../detector.ts';
import { finished } from '../finish.ts';
import { type FrcnnConfig, frcnnConfig } from './config.ts';
import { firstColumns, type Looks, lookAt, seenAs } from './detect.ts';
import { bindFrcnn, compileLook, compileSight } from './programs.ts';

/** Whose way of choosing regions is followed. */
export type Choosing = 'uniter' | 'lxmert';

export interface FrcnnOptions extends RuntimeOptions, Omit<ResolveOptions, 'files' | 'suggestions'> {
  /**
   * `uniter` (the default): proposals as they are, each as sure as the surest class that it survives in. `lxmert`: boxes moved
   * for their likeliest class, as many as the detector's configuration says.
   */
  choosing?: Choosing;
}

/** Weights and configuration are needed; names of classes and attributes are read where they lie beside them. */
const wanted = ['config.yaml', 'pytorch_model.bin', '*.safetensors', '*_vocab.txt'];

/**
 * Opens a detector in the Hugging Face port's layout: `config.yaml` beside `pytorch_model.bin`.
 * @throws CheckpointError naming the file and what does not fit, DownloadError where it cannot be had
 */
export async function openFrcnn(id: string, options: FrcnnOptions = {}): Promise<RegionDetector> {
  const { path, folder } = await resolveModel(id, { ...options, files: wanted });
  const config = frcnnConfig(readYaml(join(folder, 'config.yaml')), join(folder, 'config.yaml'));
  const weights = await bindFrcnn(await openCheckpoint(path), config);
  const { classes, attributes } = config.regions;
  const names = {
    classes: namesIn(folder, 'objects_vocab.txt', classes, 'class'),
    attributes: namesIn(folder, 'attributes_vocab.txt', attributes, 'attribute'),
  };
  return new FrcnnDetector(id, config, names, weights, options);
}

interface Names {
  classes: readonly string[];
  attributes: readonly string[];
}

class FrcnnDetector implements RegionDetector {
  readonly id: string;
  readonly width: number;
  readonly #config: FrcnnConfig;
  readonly #names: Names;
  readonly #weights: WeightMap;
  readonly #options: FrcnnOptions;
  #look: Promise<Program> | undefined;
  /** The last size that was seen: photographs of one folder mostly share it. */
  #sight: { size: string; program: Promise<Program> } | undefined;

  constructor(id: string, config: FrcnnConfig, names: Names, weights: WeightMap, options: FrcnnOptions) {
    this.id = id;
    this.width = config.backbone.width * 2 ** config.backbone.blocks.length;
    this.#config = config;
    this.#names = names;
    this.#weights = weights;
    this.#options = options;
  }

  get classes(): readonly string[] {
    return this.#names.classes;
  }

  async detect(image: ImageSource, options: DetectOptions = {}): Promise<FoundRegions> {
    const picture = await decodeImage(image, { signal: options.signal });
    const prepared = seenAs(picture, this.#config);
    const { device, threads } = this.#options;
    this.#look ??= compileLook(this.#config, this.#weights, { device, threads });
    const programs = { sight: await this.#sightFor(prepared), look: await this.#look };
    const looks = await lookAt(prepared, programs, this.#config, options);
    const choose = this.#options.choosing === 'lxmert' ? likeLxmert : likeUniter;
    const chosen = choose(looks, this.#config, picture, options);
    return finished({ ...describe(looks, chosen, this.#names), width: picture.width, height: picture.height }, options);
  }

  async #sightFor({ width, height }: { width: number; height: number }): Promise<Program> {
    const size = `${width} ${height}`;
    if (this.#sight?.size !== size) {
      const before = this.#sight?.program;
      const { device, threads } = this.#options;
      const program = compileSight(this.#config, this.#weights, { width, height }, { device, threads });
      this.#sight = { size, program };
      await (await before)?.release();
    }
    return this.#sight.program;
  }

  async release(): Promise<void> {
    const programs = [this.#look, this.#sight?.program];
    this.#look = this.#sight = undefined;
    await Promise.all(programs.map(async (program) => (await program)?.release()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

interface Chosen {
  rows: readonly number[];
  scores: Float32Array;
  /** In pixels of the picture itself. */
  boxes: Boxes;
  /** Of each chosen region, where choosing settled it. */
  classes?: readonly number[];
}
type Choose = (
  looks: Looks,
  config: FrcnnConfig,
  picture: { width: number; height: number },
  o: DetectOptions,
) => Chosen;

const likeUniter: Choose = ({ proposals, seen, classes }, { regions }, picture, options) => {
  const { threshold = 0.2, min = 10, max = 100 } = options;
  const objects = firstColumns(classes, regions.classes);
  const places = scaled(proposals.boxes, picture.width / seen.width, picture.height / seen.height);
  // Suppression saw the picture's own pixels in the original, and counted them.
  const { rows, scores } = chooseBySurvival(places, objects, { threshold, min, max });
  return { rows, scores, boxes: pick(places, rows) };
};

const likeLxmert: Choose = ({ proposals, seen, classes, deltas }, { regions }, picture) => {
  const all = movedForClasses(proposals.boxes, deltas, regions.weights, seen.width, seen.height);
  const chosen = chooseByBestClass(all, classes, regions.overlaps, regions);
  const stretch = [picture.width / seen.width, picture.height / seen.height] as const;
  return { ...chosen, boxes: scaled(chosen.boxes, ...stretch) };
};

function describe(
  { features, classes, attributes }: Looks,
  chosen: Chosen,
  names: Names,
): Omit<FoundRegions, 'width' | 'height'> {
  const { rows, scores, boxes } = chosen;
  const kinds = chosen.classes ?? rows.map((row) => best(classes, row, names.classes.length));
  const traits = rows.map((row) => best(attributes, row, names.attributes.length));
  return {
    features: rowsOf(features, rows),
    boxes: float32([rows.length, 4], boxes),
    confidence: float32([rows.length], scores),
    classes: rowsOf(backgroundFirst(classes), rows),
    labels: kinds.map((kind) => names.classes[kind]),
    attributes: traits.map((trait, i) => ({
      name: names.attributes[trait],
      probability: attributes.data[rows[i] * attributes.width + trait],
    })),
  };
}

/** The likeliest of the first `count` columns. */
function best({ data, width }: Table, row: number, count: number): number {
  const values = data.subarray(row * width, row * width + count);
  return values.indexOf(values.reduce((a, b) => Math.max(a, b)));
}

const rowsOf = ({ data, width }: Table, rows: readonly number[]) =>
  float32(
    [rows.length, width],
    Float32Array.from(
      { length: rows.length * width },
      (_, i) => data[rows[Math.floor(i / width)] * width + (i % width)],
    ),
  );

/** UNITER's classes begin with the background. */
const backgroundFirst = ({ data, width }: Table): Table => ({
  data: data.map((_, i) => (i % width === 0 ? data[i + width - 1] : data[i - 1])),
  width,
});

function readYaml(path: string): unknown {
  if (!existsSync(path))
    throw new CheckpointError(`${path} is missing; copy it from the detector's repository, beside its weights`);
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CheckpointError(`${path} is not YAML (${reason(error)}); get the file again`);
  }
}

/** One name a line, the first of several spellings; without the file, numbers. */
function namesIn(folder: string, file: string, count: number, word: string): string[] {
  const path = join(folder, file);
  if (!existsSync(path)) return Array.from({ length: count }, (_, i) => `${word} ${i}`);
  const lines = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  if (lines.length !== count)
    throw new CheckpointError(`${path}: has ${lines.length} names, and the detector has ${count}; get the file again`);
  return lines.map((line) => line.split(',')[0].trim());
}
