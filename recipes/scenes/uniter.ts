/** A small UNITER: its pre-training objectives and answering, traced, with their batches. */
import { dim, float32, input, int64, type NDArray, type ParameterList, type Size } from '../../src/core/index.ts';
import type { Random } from '../../src/data/random.ts';
import { answerLoss, maskRegions, maskTokens, matchingLabels, uniterTasks } from '../../src/models/objectives/index.ts';
import { uniterConfig } from '../../src/models/uniter/config.ts';
import { uniter } from '../../src/models/uniter/model.ts';
import { pack } from '../../src/models/uniter/packing.ts';
import {
  alignment,
  alignmentWeight,
  encodeBatch,
  maskedClasses,
  maskedDistributions,
  maskedFeatures,
  maskedWords,
  matching,
  type UniterBatch,
} from '../../src/models/uniter/pretrain.ts';
import { locationNumbers, type RegionSet, regionBatch } from '../../src/models/uniter/regions.ts';
import { uniterNames } from '../../src/models/uniter/weights.ts';
import type { Student } from './ablation.ts';
import type { Batch, Lesson, Weights } from './learn.ts';
import type { SeenRegions, Spread } from './regions.ts';
import type { Asked, Scene, SceneSet } from './set.ts';
import { labelsOf, maskingOf, rowsOf, saveModel, sizes, targetsOf, wordsOf } from './setup.ts';

/** Examples in a batch. */
const size = 32;

/** Blocks that norm what they add up learn slowly when many follow each other. */
const layers = 2;

export const objectives = ['words', 'features', 'classes', 'distributions', 'matching', 'alignment'] as const;
export type Objective = (typeof objectives)[number];

/**
 * Learns from features that are measured from their mean in deviations: they differ little beside their mean, and a short run
 * would be spent on it. The layer that reads them takes this over when the model is saved, which then reads a detector's files.
 */
export function uniterStudent(set: SceneSet, { regions, spread }: SeenRegions): Student<Objective> {
  const words = wordsOf(set);
  const seen = new Map(
    [...regions].map(([scene, one]) => [scene, { ...one, features: standardised(one.features, spread) }]),
  );
  const first = seen.get(set.scenes[0])!;
  const [width, classes] = [first.features.shape[1], first.classes!.shape[1]];
  const published = {
    model_type: 'uniter',
    ...sizes,
    num_hidden_layers: layers,
    vocab_size: words.tokenizer.vocabularySize,
    max_position_embeddings: words.longest,
    img_dim: width,
    img_label_dim: classes,
    id2label: Object.fromEntries(set.answers.entries()),
  };
  const config = uniterConfig(published);
  const masking = maskingOf(words.tokenizer);

  const inputsFor = (count: Size) => ({
    ids: input('ids', [count, words.longest], 'int64'),
    features: input('features', [count, dim('regions'), width]),
    locations: input('locations', [count, dim('regions'), locationNumbers]),
    masked: input('masked', [count, dim('regions')], 'int64'),
    order: input('order', [count, dim('sequence')], 'int64'),
    mask: input('mask', [count, dim('sequence')], 'int64'),
  });

  /** Texts and regions, packed; with the masks and places that say which token is what. */
  function pairs(texts: readonly string[], regions: readonly RegionSet[]) {
    const { ids, mask: textMask } = words.read(texts);
    const { mask: regionMask, ...shown } = regionBatch(regions);
    return { ids, ...shown, masked: none(regionMask), textMask, regionMask, ...pack(textMask, regionMask) };
  }

  /** Captions and scenes drawn at random. */
  function drawn(random: Random) {
    const scenes = Array.from({ length: size }, () => random.pick(set.scenes));
    return { scenes, texts: scenes.map(({ sample }) => random.pick(sample.captions)) };
  }

  const regionsOf = (scenes: readonly Scene[]) => scenes.map((scene) => seen.get(scene)!);

  /** Words are masked while all regions are seen. */
  function wordsBatch(random: Random): Batch {
    const { scenes, texts } = drawn(random);
    const batch = pairs(texts, regionsOf(scenes));
    const rows = rowsOf(batch.ids).map((row) => maskTokens(row, { ...masking, draw: () => random.next() }));
    const hidden = rows.flatMap(({ labels }, row) =>
      labels.flatMap((label, at) => (label < 0 ? [] : [{ row, at, label }])),
    );
    return {
      ...batch,
      ids: int64(
        batch.ids.shape,
        rows.flatMap(({ ids }) => ids),
      ),
      at: flatPlaces(batch, hidden),
      words: labelsOf(hidden.map(({ label }) => label)),
    };
  }

  /** Regions are masked while all words are read: their features are taken away, and are what is to be told. */
  function regionsBatch(random: Random): Batch {
    const { scenes, texts } = drawn(random);
    const regions = regionsOf(scenes);
    const batch = pairs(texts, regions);
    const most = batch.masked.shape[1];
    const hidden = regions.flatMap(({ features }, row) =>
      maskRegions(features.shape[0], () => random.next()).map((region) => ({
        row,
        at: words.longest + region,
        region,
      })),
    );
    const masked = new BigInt64Array(size * most);
    const shown = Float32Array.from(batch.features.data as Float32Array);
    for (const { row, region } of hidden) {
      const place = row * most + region;
      masked[place] = 1n;
      shown.fill(0, place * width, (place + 1) * width);
    }
    const rowsAt = (name: 'features' | 'classes', columns: number) => {
      const parts = hidden.map(({ row, region }) => rowsOf(regions[row][name]!)[region]);
      return float32([hidden.length, columns], parts.flat());
    };
    return {
      ...batch,
      features: { ...batch.features, data: shown },
      masked: int64(batch.masked.shape, masked),
      at: flatPlaces(batch, hidden),
      truth: rowsAt('features', width),
      labels: rowsAt('classes', classes),
    };
  }

  function matchingBatch(random: Random): Batch {
    const { scenes, texts } = drawn(random);
    const labels = matchingLabels.each(size, () => random.next());
    const mixed = scenes.map((scene, i) => (labels[i] ? scene : random.pick(set.scenes)));
    return { ...pairs(texts, regionsOf(mixed)), matched: labelsOf(labels) };
  }

  /** One objective of these is drawn for every step, as often as in the paper's mixture. */
  function pretraining(parameters: ParameterList, chosen: readonly Objective[]): Record<string, Lesson> {
    const model = uniter(parameters.root, config);
    const inputs = inputsFor(size);
    const at = input('at', [dim('hidden')], 'int64');
    const lessons: Record<string, Lesson> = {};
    if (chosen.includes('words')) {
      const wordInputs = { ...inputs, at, words: input('words', [dim('hidden')], 'int64') };
      const loss = maskedWords(model, inputs, wordInputs).losses.mean();
      lessons.words = { inputs: wordInputs, loss, batch: wordsBatch, weight: uniterTasks.words };
    }
    const truth = input('truth', [dim('hidden'), width]);
    const labels = input('labels', [dim('hidden'), classes]);
    const regionInputs = { ...inputs, at, truth, labels };
    const regionLesson = (loss: Lesson['loss']): Lesson => ({ inputs: regionInputs, loss, batch: regionsBatch });
    if (chosen.includes('features'))
      lessons.features = regionLesson(maskedFeatures(model, inputs, { at, features: truth }).losses.mean());
    if (chosen.includes('classes'))
      lessons.classes = regionLesson(maskedClasses(model, inputs, { at, labels }).losses.mean());
    // The divergence itself. The original divides it by its 1601 classes, too, which leaves little of it in a short run.
    if (chosen.includes('distributions'))
      lessons.distributions = regionLesson(maskedDistributions(model, inputs, { at, labels }).losses.sum(1).mean());
    if (chosen.includes('matching')) {
      const parts = {
        textMask: input('textMask', [size, words.longest], 'int64'),
        regionMask: input('regionMask', [size, dim('regions')], 'int64'),
        places: input('places', [size, dim('places')], 'int64'),
      };
      const matched = input('matched', [size], 'int64');
      const scored = matching(model, inputs, matched);
      const aligned = alignment(scored.encoded, parts, matched).loss.mul(alignmentWeight);
      const loss = scored.losses.mean();
      lessons.matching = {
        inputs: { ...inputs, ...parts, matched },
        loss: chosen.includes('alignment') ? loss.add(aligned) : loss,
        metrics: chosen.includes('alignment') ? { aligned } : {},
        batch: matchingBatch,
        weight: uniterTasks.matching,
      };
    }
    return lessons;
  }

  const ask = (asked: readonly Asked[], blind: boolean) =>
    pairs(
      asked.map(({ question }) => question),
      asked.map(({ scene }) => (blind ? nothing(width) : seen.get(scene)!)),
    );

  return {
    pretraining,
    tuning(parameters, blind) {
      const inputs = { ...inputsFor(size), targets: input('targets', [size, set.answers.length]) };
      const model = uniter(parameters.root, config);
      const loss = answerLoss(model.answer(encodeBatch(model, inputs).pooled), inputs.targets);
      const batch = (random: Random) => {
        const asked = Array.from({ length: size }, () => random.pick(set.asked));
        return { ...ask(asked, blind), targets: targetsOf(asked, set.answers) };
      };
      return { inputs, loss, batch };
    },
    answering(parameters) {
      const model = uniter(parameters.root, config);
      const inputs: UniterBatch = inputsFor(dim('questions'));
      return { logits: model.answer(encodeBatch(model, inputs).pooled), ask };
    },
    prior: 'answer.out.bias',
    save: (folder, weights) =>
      saveModel(folder, readingRaw(weights, spread), uniterNames, {
        'config.json': published,
        'tokenizer.json': words.tokenizer.json,
      }),
  };
}

const standardised = ({ shape, data }: NDArray, { mean, deviation }: Spread): NDArray =>
  float32(
    shape,
    Float32Array.from(data as Float32Array, (value, i) => (value - mean[i % mean.length]) / deviation[i % mean.length]),
  );

/** W·(x − m)/s + b as W'·x + b'. The head that turns the same matrix around to tell features is left behind. */
function readingRaw(weights: Weights, { mean, deviation }: Spread): Weights {
  const [matrix, bias] = [weights.get('regions.feature.weight')!, weights.get('regions.feature.bias')!];
  const columns = mean.length;
  const scaled = Float32Array.from(matrix.data as Float32Array, (value, i) => value / deviation[i % columns]);
  const moved = Float32Array.from(bias.data as Float32Array, (value, row) =>
    mean.reduce((sum, one, column) => sum - scaled[row * columns + column] * one, value),
  );
  const kept = [...weights].filter(([path]) => !path.startsWith('regress.'));
  return new Map([
    ...kept,
    ['regions.feature.weight', float32(matrix.shape, scaled)],
    ['regions.feature.bias', float32(bias.shape, moved)],
  ]);
}

/** Where tokens of the unpacked texts and regions went, as positions in all sequences of the batch end to end. */
function flatPlaces(
  { places, mask }: { places: NDArray; mask: NDArray },
  tokens: readonly { row: number; at: number }[],
): NDArray {
  const [columns, length] = [places.shape[1], mask.shape[1]];
  return labelsOf(tokens.map(({ row, at }) => row * length + Number(places.data[row * columns + at])));
}

const none = ({ shape }: NDArray): NDArray => int64(shape, new BigInt64Array(shape[0] * shape[1]));

/** What a blind model is shown: one region that says neither what nor where nor how many. */
const nothing = (width: number): RegionSet => ({
  features: float32([1, width], new Float32Array(width)),
  boxes: float32([1, 4], [0, 0, 1, 1]),
  width: 1,
  height: 1,
});
