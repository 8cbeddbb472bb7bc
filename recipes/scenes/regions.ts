/**
 * What a detector saw of every object: features of the small CenterNet at the boxes of the scenes, and how probable each class
 * of things is by them. Features are made once and kept in a file, for the detector takes a tenth of a second for a scene.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint, readTensors, writeSafetensors } from '../../src/checkpoint/index.ts';
import { float32, type NDArray } from '../../src/core/index.ts';
import { openCenternet } from '../../src/models/regions/centernet/open.ts';
import type { RegionSet } from '../../src/models/uniter/regions.ts';
import { type Scene, type SceneSet, side } from './set.ts';

/** Threads of the detector. */
const threads = 1;

export interface SeenRegions {
  regions: ReadonlyMap<Scene, RegionSet>;
  /** Of every number of a feature, over the training scenes. */
  spread: Spread;
  /** How many of the training scenes' objects, and of the held-out ones', have their own class as the likeliest; in per cent. */
  agreement: { train: number; heldOut: number };
}

export interface Spread {
  mean: Float32Array;
  deviation: Float32Array;
}

/** @param folder where features are kept between runs */
export async function seenRegions({ scenes, heldOut, otherHand }: SceneSet, folder: string): Promise<SeenRegions> {
  const parts = {
    train: scenes,
    'held-out': heldOut.map(({ scene }) => scene),
    'other-hand': otherHand.map(({ scene }) => scene),
  };
  const regions = new Map<Scene, RegionSet>();
  for (const [name, part] of Object.entries(parts)) {
    const features = await detectedFeatures(part, join(folder, `regions-${name}.safetensors`));
    for (const [i, scene] of part.entries())
      regions.set(scene, { features: features[i], boxes: boxesOf(scene), width: side, height: side });
  }
  const spread = spreadOf(scenes.map((scene) => regions.get(scene)!.features));
  const judge = classJudge(scenes.map((scene) => ({ scene, features: regions.get(scene)!.features })));
  for (const set of regions.values()) set.classes = judge.probabilities(set.features);
  const agreementOn = (part: readonly Scene[]) => {
    const right = part.flatMap((scene) => judge.right(scene, regions.get(scene)!.classes!));
    return (100 * right.filter(Boolean).length) / right.length;
  };
  return { regions, spread, agreement: { train: agreementOn(scenes), heldOut: agreementOn(parts['held-out']) } };
}

/** Boxes of a scene's objects, float32 [n, 4]. */
const boxesOf = ({ sample: { objects } }: Scene): NDArray =>
  float32(
    [objects.length, 4],
    objects.flatMap(({ box }) => box),
  );

/** The features of every scene's objects, [n, f] each; read from `file` where it has as many. */
async function detectedFeatures(scenes: readonly Scene[], file: string): Promise<NDArray[]> {
  const counts = scenes.map(({ sample }) => sample.objects.length);
  const total = counts.reduce((a, b) => a + b, 0);
  const known = existsSync(file) ? (await readTensors(await openCheckpoint(file))).get('features') : undefined;
  if (known?.shape[0] === total) return split(known, counts);
  await using detector = await openCenternet(undefined, { threads });
  const all = new Float32Array(total * detector.width);
  let at = 0;
  for (const [i, scene] of scenes.entries()) {
    const { data } = await detector.featuresAt(scene.picture, boxesOf(scene));
    all.set(data as Float32Array, at);
    at += data.length;
    if ((i + 1) % 250 === 0) console.error(`  ${i + 1} of ${scenes.length} scenes seen by the detector`);
  }
  const features = float32([total, detector.width], all);
  await writeSafetensors(file, new Map([['features', features]]));
  return split(features, counts);
}

function split({ shape: [, width], data }: NDArray, counts: readonly number[]): NDArray[] {
  let at = 0;
  return counts.map((count) => {
    const part = (data as Float32Array).slice(at * width, (at + count) * width);
    at += count;
    return float32([count, width], part);
  });
}

/** The smallest deviation that is believed: some numbers of the detector are always zero here. */
const leastDeviation = 1e-3;

function spreadOf(features: readonly NDArray[]): Spread {
  const width = features[0].shape[1];
  const rows = features.flatMap(({ data }) =>
    Array.from({ length: data.length / width }, (_, i) => (data as Float32Array).subarray(i * width, (i + 1) * width)),
  );
  const mean = meanOf(rows);
  const variance = meanOf(rows.map((row) => row.map((value, i) => (value - mean[i]) ** 2)));
  return { mean, deviation: variance.map((value) => Math.max(leastDeviation, Math.sqrt(value))) };
}

/** How sharply likeness decides. */
const sharpness = 16;

/**
 * The detector's own classes are those of photographs. In their place stands what its features tell of ours: how alike a
 * feature is to the mean of each class, both measured from the mean of all.
 */
function classJudge(seen: readonly { scene: Scene; features: NDArray }[]) {
  const names = [...new Set(seen.flatMap(({ scene }) => scene.sample.objects.map(({ concept }) => concept)))].sort();
  const width = seen[0].features.shape[1];
  const row = ({ data }: NDArray, i: number) => (data as Float32Array).subarray(i * width, (i + 1) * width);
  const examples = seen.flatMap(({ scene, features }) =>
    scene.sample.objects.map(({ concept }, i) => ({ concept, feature: row(features, i) })),
  );
  const middle = meanOf(examples.map(({ feature }) => feature));
  const centred = (feature: Float32Array) => unit(feature.map((value, i) => value - middle[i]));
  const means = names.map((name) =>
    unit(meanOf(examples.filter(({ concept }) => concept === name).map(({ feature }) => centred(feature)))),
  );

  return {
    /** [n, f] → [n, 1 + classes]; nothing is taken for background. */
    probabilities(features: NDArray): NDArray {
      const [count] = features.shape;
      const rows = Array.from({ length: count }, (_, i) => {
        const feature = centred(row(features, i));
        return [0, ...softmax(means.map((mean) => sharpness * dot(mean, feature)))];
      });
      return float32([count, 1 + names.length], rows.flat());
    },
    right({ sample: { objects } }: Scene, { data, shape: [, columns] }: NDArray): boolean[] {
      return objects.map(({ concept }, i) => {
        const shares = (data as Float32Array).subarray(i * columns + 1, (i + 1) * columns);
        return names[shares.indexOf(Math.max(...shares))] === concept;
      });
    },
  };
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const unit = (x: Float32Array) => {
  const length = Math.sqrt(dot(x, x));
  return x.map((value) => value / length);
};

function meanOf(rows: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(rows[0].length);
  for (const row of rows) for (let i = 0; i < sum.length; i++) sum[i] += row[i] / rows.length;
  return sum;
}

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
