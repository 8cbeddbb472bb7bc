/** A small ViLT: its pre-training objectives and answering, traced, with their batches. */
import {
  dim,
  float32,
  input,
  int64,
  type NDArray,
  type ParameterList,
  type Size,
  type Tensor,
} from '../../src/core/index.ts';
import type { Random } from '../../src/data/random.ts';
import { imageProcessor } from '../../src/image/index.ts';
import {
  answering,
  maskedWords,
  maskWholeWords,
  matchingLabels,
  type PairBatch,
} from '../../src/models/objectives/index.ts';
import { viltConfig } from '../../src/models/vilt/config.ts';
import { type Picture, vilt } from '../../src/models/vilt/model.ts';
import { matchAndAlign } from '../../src/models/vilt/pretrain.ts';
import { viltNames } from '../../src/models/vilt/weights.ts';
import type { Student } from './ablation.ts';
import type { Lesson } from './learn.ts';
import type { Asked, Scene, SceneSet } from './set.ts';
import { labelsOf, maskingOf, rowsOf, saveModel, sizes, targetsOf, wordsOf } from './setup.ts';

/** Examples in a batch. */
const size = 16;

/** Pixels a side of the picture as the model sees it, and of a patch. */
const [imageSize, patch] = [40, 8];

export const objectives = ['words', 'matching', 'alignment'] as const;
export type Objective = (typeof objectives)[number];

const preprocessing = {
  image_processor_type: 'ViltImageProcessor',
  size: { shortest_edge: imageSize },
  size_divisor: patch,
  // Of these drawings, most of whose pixels are a light ground.
  image_mean: [0.8, 0.8, 0.8],
  image_std: [0.25, 0.25, 0.25],
};

export function viltStudent(set: SceneSet): Student<Objective> {
  const words = wordsOf(set);
  const published = {
    model_type: 'vilt',
    ...sizes,
    vocab_size: words.tokenizer.vocabularySize,
    max_position_embeddings: words.longest,
    image_size: imageSize,
    patch_size: patch,
    id2label: Object.fromEntries(set.answers.entries()),
  };
  const config = viltConfig(published);
  const processor = imageProcessor(preprocessing);
  /** Pictures are resized once: doing it for every batch would take a fifth of the training. */
  const resized = new Map<Scene, Float32Array>();
  function look(scenes: readonly Scene[]): NDArray {
    const each = 3 * imageSize * imageSize;
    const values = new Float32Array(scenes.length * each);
    for (const [i, scene] of scenes.entries()) {
      const picture = resized.get(scene) ?? (processor(scene.picture).data as Float32Array);
      resized.set(scene, picture);
      values.set(picture, i * each);
    }
    return float32([scenes.length, 3, imageSize, imageSize], values);
  }
  const masking = maskingOf(words.tokenizer);

  const textOf = (count: Size) => ({
    ids: input('ids', [count, words.longest], 'int64'),
    mask: input('mask', [count, words.longest], 'int64'),
  });
  const pixelsOf = (count: Size, name = 'pixels') => input(name, [count, 3, imageSize, imageSize]);

  /** Each objective makes a pass of its own over the batch; their losses are added (section 3.2). */
  function pretraining(parameters: ParameterList, chosen: readonly Objective[]): Lesson {
    const model = vilt(parameters.root, config);
    const text = textOf(size);
    const inputs = {
      ...text,
      pixels: pixelsOf(size),
      masked: input('masked', [size, words.longest], 'int64'),
      hidden: input('hidden', [size, words.longest], 'int64'),
      mixed: pixelsOf(size, 'mixed'),
      matched: input('matched', [size], 'int64'),
    };
    const parts: Record<string, Tensor> = {};
    if (chosen.includes('words')) {
      const batch = { ids: inputs.masked, mask: text.mask, picture: { pixels: inputs.pixels } };
      parts.words = maskedWords(model, batch, inputs.hidden).loss;
    }
    if (chosen.includes('matching')) {
      const batch: PairBatch<Picture> = { ...text, picture: { pixels: inputs.mixed } };
      const { loss, alignmentLoss } = matchAndAlign(model, batch, inputs.matched);
      parts.matching = loss;
      if (chosen.includes('alignment')) parts.alignment = alignmentLoss;
    }
    const loss = Object.values(parts).reduce((sum, part) => sum.add(part));
    return { inputs, loss, metrics: parts, batch: pretrainingBatch };
  }

  function pretrainingBatch(random: Random) {
    const draw = () => random.next();
    const scenes = Array.from({ length: size }, () => random.pick(set.scenes));
    const { ids, mask } = words.read(scenes.map(({ sample }) => random.pick(sample.captions)));
    const rows = rowsOf(ids).map((row) => maskWholeWords(row, { ...masking, draw }));
    const labels = matchingLabels.half(size, draw);
    return {
      ids,
      mask,
      pixels: look(scenes),
      masked: int64(
        ids.shape,
        rows.flatMap((row) => row.ids),
      ),
      hidden: int64(
        ids.shape,
        rows.flatMap((row) => row.labels),
      ),
      mixed: look(scenes.map((scene, i) => (labels[i] ? scene : random.pick(set.scenes)))),
      matched: labelsOf(labels),
    };
  }

  const ask = (asked: readonly Asked[], blind: boolean) => {
    const pixels = look(asked.map(({ scene }) => scene));
    if (blind) (pixels.data as Float32Array).fill(0);
    return { ...words.read(asked.map(({ question }) => question)), pixels };
  };

  return {
    pretraining: (parameters, chosen) => ({ all: pretraining(parameters, chosen) }),
    tuning(parameters, blind) {
      const inputs = { ...textOf(size), pixels: pixelsOf(size), targets: input('targets', [size, set.answers.length]) };
      const { loss } = answering(
        vilt(parameters.root, config),
        { ...inputs, picture: { pixels: inputs.pixels } },
        inputs.targets,
      );
      const batch = (random: Random) => {
        const asked = Array.from({ length: size }, () => random.pick(set.asked));
        return { ...ask(asked, blind), targets: targetsOf(asked, set.answers) };
      };
      return { inputs, loss, batch };
    },
    answering(parameters) {
      const count = dim('questions');
      const inputs = { ...textOf(count), picture: { pixels: pixelsOf(count) } };
      const model = vilt(parameters.root, config);
      const { pooled } = model.encode(model.read(inputs.ids, inputs), model.see(inputs.picture));
      return { logits: model.classify(pooled), ask };
    },
    prior: 'classifier.down.bias',
    save: (folder, weights) =>
      saveModel(folder, weights, viltNames(config), {
        'config.json': published,
        'tokenizer.json': words.tokenizer.json,
        'preprocessor_config.json': preprocessing,
      }),
  };
}
