/** Learning from batches: pre-training with the three objectives, and fine-tuning of the captioner and of the filter. */
import {
  dim,
  float32,
  input,
  int64,
  Key,
  type NDArray,
  ParameterList,
  type Params,
  type Tensor,
} from '../../src/core/index.ts';
import { Random } from '../../src/data/random.ts';
import type { BlipConfig } from '../../src/models/blip/config.ts';
import { retrieving } from '../../src/models/blip/finetune.ts';
import { blip } from '../../src/models/blip/model.ts';
import { type Moves, startMomentum } from '../../src/models/blip/momentum.ts';
import { captioning, pretraining } from '../../src/models/blip/pretrain.ts';
import { fromPretrained } from '../../src/models/blip/pretrained.ts';
import { batch as textBatch } from '../../src/text/index.ts';
import { batchKey, compileStep, Learner, rateAt } from '../../src/train/index.ts';
import { drawWeights } from '../first-weights.ts';
import type { Pair } from './sets.ts';
import type { Setup } from './setup.ts';

/** Pairs in a batch, and features that are queued for contrast. */
export const size = 32;
const queue = 128;

/** Steps are small: two models that learn side by side use two cores better than one model does. */
const threads = 1;

export type Weights = ReadonlyMap<string, NDArray>;

interface Objective {
  loss: Tensor;
  metrics?: Record<string, Tensor>;
  moves?: Moves;
}

type BatchInputs = {
  pixels: Tensor;
  ids: Tensor;
  mask: Tensor;
  /** The same number for the same text. */
  pictureIds: Tensor;
  alpha: Tensor;
  key: Tensor;
};

const objectives = {
  /** Contrast, matching and language modelling in one step; the stacks share what the paper shares. */
  pretrain: (p: Params, config: BlipConfig, inputs: BatchInputs): Objective => {
    const { loss, itc, itm, lm, moves } = pretraining(p, config, inputs, { queue, key: new Key(inputs.key) });
    return { loss, moves, metrics: { itc: itc.loss, itm: itm.loss, lm: lm.loss } };
  },
  /** The captioner: language modelling alone. */
  captioner: (p: Params, config: BlipConfig, inputs: BatchInputs): Objective => {
    const model = blip(p, config);
    return { loss: captioning(model, config, { ...inputs, seen: model.see(inputs.pixels) }).loss };
  },
  /** The filter: contrast and matching. */
  filter: (p: Params, config: BlipConfig, inputs: BatchInputs): Objective => {
    const { loss, itc, itm, moves } = retrieving(p, config, inputs, { queue, key: new Key(inputs.key) });
    return { loss, moves, metrics: { itc: itc.loss, itm: itm.loss } };
  },
} as const;

/** What is learnt, and from which batches. */
export interface Lesson<Inputs extends Record<string, Tensor> = Record<string, Tensor>> {
  inputs: Inputs;
  objective: (p: Params, inputs: Inputs) => Objective;
  /** What step `count` is fed, by input; what the objective does not read is left out. */
  batch: (random: Random, count: number) => Record<string, NDArray>;
}

export interface StudyOptions {
  steps: number;
  rate: number;
  seed: number;
  /** Weights to go on from; absent: from nothing. */
  from?: Weights;
}

/** Trains on the batches and gives the averaged weights. */
export async function study<Inputs extends Record<string, Tensor>>(
  { inputs, objective, batch: batchAt }: Lesson<Inputs>,
  { steps, rate: peak, seed, from }: StudyOptions,
): Promise<Weights> {
  const parameters = new ParameterList();
  await using step = await compileStep({
    parameters,
    inputs,
    ...objective(parameters.root, inputs),
    trainable: (path) => !/^(momentum|queue)\./.test(path),
    threads,
  });
  drawWeights(step, seed);
  if (from) step.store.load(fromPretrained(from, parameters));
  step.store.load(startMomentum(step.store.views()));
  const learner = new Learner(step, {
    optimizer: { decay: 0.05, rules: [{ match: /bias|norm|class|positions|temperature/i, decay: 0 }] },
    average: 0.99,
  });
  const began = performance.now();
  for (let count = 1; count <= steps; count++) {
    const whole = batchAt(new Random(seed, count), count);
    const batch = Object.fromEntries(Object.entries(whole).filter(([name]) => step.inputs.includes(name)));
    const rate = rateAt({ kind: 'cosine', peak, warmup: steps / 10, steps, floor: peak / 50 }, count - 1);
    const { loss, metrics } = await learner.update(async () => ({ batch, key: batchKey(seed, count) }), {
      rate,
      count,
    });
    if (count % 25 === 0) {
      const parts = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(3)}`);
      const ms = (performance.now() - began) / count;
      console.error(`  ${count} of ${steps}: ${[loss.toFixed(3), ...parts].join(', ')}; ${ms.toFixed(0)} ms a step`);
    }
  }
  return new Map(
    [...learner.weights].map(([path, { shape, data }]) => [
      path,
      float32(shape, Float32Array.from(data as Float32Array)),
    ]),
  );
}

export interface LearnOptions extends StudyOptions {
  objective: keyof typeof objectives;
}

/** Learning from pairs. */
export function learn(pairs: readonly Pair[], setup: Setup, { objective, ...options }: LearnOptions): Promise<Weights> {
  const { config } = setup;
  const lesson = {
    inputs: {
      pixels: pixelInput(setup),
      ids: input('ids', [size, dim('tokens')], 'int64'),
      mask: input('mask', [size, dim('tokens')], 'int64'),
      pictureIds: input('pictureIds', [size], 'int64'),
      alpha: input('alpha', []),
      key: input('key', [], 'int64'),
    },
    objective: (p: Params, inputs: BatchInputs) => objectives[objective](p, config, inputs),
    batch: (random: Random, count: number) => {
      // As in the paper, soft targets come in over the first pass.
      const alpha = objective === 'pretrain' ? 0.4 * Math.min(1, (count * size) / pairs.length) : 0.4;
      return batchOf(pairs, setup, random, alpha);
    },
  };
  return study(lesson, options);
}

/** float32 [size, 3, side, side] */
export const pixelInput = ({ config: { vision } }: Setup): Tensor =>
  input('pixels', [size, vision.channels, vision.imageSize, vision.imageSize]);

/** Pairs drawn at random, no text twice: another picture of the same thing is no negative. */
function batchOf(pairs: readonly Pair[], setup: Setup, random: Random, alpha: number): Record<string, NDArray> {
  const chosen = new Map<string, Pair>();
  while (chosen.size < size) {
    const pair = random.pick(pairs);
    if (!chosen.has(pair.text)) chosen.set(pair.text, pair);
  }
  const texts = [...chosen.keys()];
  const { ids, mask } = textBatch(setup.tokenizer, texts, { padId: setup.config.pad });
  return {
    pixels: setup.processor.batch([...chosen.values()].map(({ picture }) => picture)).pixelValues,
    ids,
    mask,
    pictureIds: int64([size], texts.map(numberOf)),
    alpha: float32([], [alpha]),
  };
}

const numbers = new Map<string, number>();
/** Texts are numbered as they come. */
function numberOf(text: string): number {
  if (!numbers.has(text)) numbers.set(text, numbers.size);
  return numbers.get(text)!;
}
