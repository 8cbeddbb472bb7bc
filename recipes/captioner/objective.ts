/** What the default captioner is trained on: GIT's own objective, and a second one that teaches the encoder faster. */
import { openCheckpoint, readTensors } from '../../src/checkpoint/index.ts';
import { constant, init, linear, type NDArray, type ParameterList, resize, type Tensor } from '../../src/core/index.ts';
import type { GitConfig } from '../../src/models/git/config.ts';
import { git } from '../../src/models/git/model.ts';
import { type GitBatch, originalLoss, textLoss } from '../../src/models/git/pretrain.ts';
import { stretchPositions } from '../../src/nn/vit.ts';
import { evaluate } from '../../src/runtime/index.ts';
import type { TrainStep } from '../../src/train/index.ts';
import { drawWeights } from '../first-weights.ts';

/** Parameters of the second objective live under this name and are left out of the exported model. */
export const helper = 'bag';

/** Numbers that the second objective keeps of each patch. */
const kept = 64;

/**
 * Language modelling, plus a bag-of-words loss: the encoder's patches, each in its place, must predict every word of
 * the caption at once, in no order. Language modelling alone first learns which words are frequent and spends most of an
 * hour before the decoder looks at the picture. A bag read from the mean of the patches looks, but cannot tell what is
 * where, and learns the 700 things slowly; with every patch in its place the first thing that is learnt is what a
 * thing's outline looks like.
 */
export function captionerObjective(parameters: ParameterList, config: GitConfig, batch: GitBatch) {
  const model = git(parameters.root, config);
  const tokens = model.see(batch.pixels);
  const language = textLoss(model, model.project(tokens), batch, undefined, originalLoss);

  const { width, imageSize, patchSize } = config.vision;
  const places = Math.floor(imageSize / patchSize) ** 2;
  const p = parameters.root.at(helper);
  const patches = linear(
    tokens.slice(1, 1),
    p.get('patch.weight', [kept, width], init.normal(0.02)),
    p.get('patch.bias', [kept]),
  );
  const weight = p.get('weight', [config.text.vocabulary, places * kept], init.normal(0.02));
  const scores = linear(patches.rearrange('b n k -> b (n k)'), weight, p.get('bias', [config.text.vocabulary]));
  const said = batch.labels.slice(1, 1, -1);
  const counted = said.greaterOrEqual(0).cast('float32');
  const bag = scores.logSoftmax().takeAlong(said.maximum(0), 1).mul(counted).sum().div(counted.sum()).neg();

  const metrics: Record<string, Tensor> = { language, bag };
  return { loss: language.add(bag), metrics };
}

/** Tables, which are read by row, and the matrices that end in the vocabulary keep their deviation of 0.02. */
const tables = /words|positions|^head|^bag.weight/;

export const initialiseCaptioner = (step: TrainStep, seed: number): void => drawWeights(step, seed, { tables });

/** Loads the weights of another run's checkpoint, the second objective's included; a grid of another size is stretched. */
export async function startFrom({ store }: TrainStep, file: string): Promise<void> {
  const shapes = new Map([...store.views(undefined, { complete: true })].map(([path, { shape }]) => [path, shape]));
  const weights = new Map<string, NDArray>();
  for (const [name, array] of await readTensors(await openCheckpoint(file))) {
    const wanted = shapes.get(name);
    weights.set(name, wanted && `${wanted}` !== `${array.shape}` ? await stretched(name, array, wanted) : array);
  }
  store.load(weights);
}

/** A table over the grid of patches for another grid, resized as a picture. */
async function stretched(name: string, array: NDArray, wanted: readonly number[]): Promise<NDArray> {
  const table = constant(array);
  const side = (length: number) => Math.round(Math.sqrt(length));
  let resized: Tensor;
  if (name === 'vision.positions.weight') {
    const to = side(wanted[0] - 1);
    resized = stretchPositions(table, side(array.shape[0] - 1), [to, to]);
  } else {
    const [from, to] = [array.shape[1], wanted[1]].map((columns) => side(columns / kept));
    const maps = table.rearrange('v (h w k) -> v k h w', { h: from, k: kept });
    // As many words of evidence from more patches, or from fewer.
    const scaled = resize(maps, to, to, { mode: 'bicubic' }).mul((from / to) ** 2);
    resized = scaled.rearrange('v k h w -> v (h w k)');
  }
  return (await evaluate({ resized })).resized;
}
