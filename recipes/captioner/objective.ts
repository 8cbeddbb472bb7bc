/** What the default captioner is trained on: GIT's own objective, and a second one that teaches the encoder faster. */
import { openCheckpoint } from '../../src/checkpoint/index.ts';
import { init, linear, type NDArray, type ParameterList, type Tensor } from '../../src/core/index.ts';
import type { GitConfig } from '../../src/models/git/config.ts';
import { git } from '../../src/models/git/model.ts';
import { type GitBatch, originalLoss, textLoss } from '../../src/models/git/pretrain.ts';
import type { TrainStep } from '../../src/train/index.ts';

/** Parameters of the second objective live under this name and are left out of the exported model. */
export const helper = 'bag';

/**
 * Language modelling, plus half of a bag-of-words loss: the mean of the encoder's tokens must predict every word of the
 * caption at once, in no order. Language modelling alone first learns which words are frequent, and at this size spends
 * most of an hour before the decoder looks at the picture; the bag has no other way than to look.
 */
export function captionerObjective(parameters: ParameterList, config: GitConfig, batch: GitBatch) {
  const model = git(parameters.root, config);
  const tokens = model.see(batch.pixels);
  const language = textLoss(model, model.project(tokens), batch, undefined, originalLoss);

  const p = parameters.root.at(helper);
  const weight = p.get('weight', [config.text.vocabulary, config.vision.width], init.normal(0.02));
  const scores = linear(tokens.mean(1), weight, p.get('bias', [config.text.vocabulary])).logSoftmax();
  const said = batch.labels.slice(1, 1, -1);
  const counted = said.greaterOrEqual(0).cast('float32');
  const bag = scores.takeAlong(said.maximum(0), 1).mul(counted).sum().div(counted.sum()).neg();

  const metrics: Record<string, Tensor> = { language, bag };
  return { loss: language.add(bag.mul(0.5)), metrics };
}

/**
 * Draws the first weights. GIT's deviation of 0.02 suits a width of 768; here matrices keep the size of their inputs
 * (1 / √fan-in), and positions are made as loud as the patches they are added to.
 */
export function initialiseCaptioner({ store }: TrainStep, seed: number): void {
  store.initialise(seed);
  for (const [path, { shape, data }] of store.views(undefined, { complete: true })) {
    const values = data as Float32Array;
    const fanIn = values.length / shape[0];
    const isMatrix = path.endsWith('weight') && shape.length >= 2;
    const isTable = /words|positions|^head|^bag/.test(path);
    const factor = path === 'vision.positions.weight' ? 15 : isMatrix && !isTable ? 1 / (0.02 * Math.sqrt(fanIn)) : 1;
    for (let i = 0; i < values.length; i++) values[i] *= factor;
  }
}

/** Loads the weights of another run's checkpoint, the second objective's included. */
export async function startFrom({ store }: TrainStep, file: string): Promise<void> {
  const checkpoint = await openCheckpoint(file);
  const weights = new Map<string, NDArray>();
  for (const name of checkpoint.entries.keys()) weights.set(name, await checkpoint.read(name));
  store.load(weights);
}
