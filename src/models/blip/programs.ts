/**
 * BLIP compiled. A picture is seen once; what texts need of it becomes a memory once; texts about it are then queries of
 * one product against that memory, whether they are beams, candidate answers or captions to be judged.
 *
 * p pictures (or questions), e texts about each, n seen tokens, t text tokens.
 */
import { dim, input, ParameterList, type Tensor } from '../../core/index.ts';
import { PoolCache, remembered } from '../../nn/index.ts';
import { compile, type Program, type Repacking } from '../../runtime/index.ts';
import { type RuntimeOptions, repackSight, repackText, type WeightMap } from '../running.ts';
import type { BlipConfig } from './config.ts';
import { answerLosses } from './finetune.ts';
import { blip } from './model.ts';
import { originalSmoothing } from './pretrain.ts';

export type { RuntimeOptions, WeightMap };

const pictures = dim('pictures');
const texts = dim('texts');

/** Texts about a picture: one of twelve tokens gains a third from repacked weights, thirty-two of them nothing. */
const repackAbout: Repacking = { ...repackSight, of: 'ids' };

const build = (
  outputs: Record<string, Tensor>,
  weights: WeightMap,
  prepack: Repacking | false,
  runtime: RuntimeOptions,
): Promise<Program> => compile(outputs, { ...runtime, weights, prepack });

/** pixels [p, 3, height, width] → seen [p, n, vision width] and, where `embedding` is asked for, unit vectors [p, e]. */
export function compileSight(
  config: BlipConfig,
  weights: WeightMap,
  { height, width, embedding = false }: { height: number; width: number; embedding?: boolean },
  runtime: RuntimeOptions = {},
): Promise<Program> {
  const model = blip(new ParameterList().root, config);
  const seen = model.see(input('pixels', [pictures, config.vision.channels, height, width]));
  return build({ seen, ...(embedding && { embedding: model.embedPicture(seen) }) }, weights, repackSight, runtime);
}

/** seen [p, n, vision width] → memory.*: what a stack's texts need of a picture. */
export function compileMemory(
  config: BlipConfig,
  weights: WeightMap,
  stack: 'encoder' | 'decoder',
  runtime: RuntimeOptions = {},
): Promise<Program> {
  const model = blip(new ParameterList().root, config);
  const seen = input('seen', [pictures, dim('prefix'), config.vision.width]);
  // Products of so many rows with square matrices take a sixth longer with weights repacked.
  return build(model.remember(stack, seen), weights, false, runtime);
}

/** ids [p·beams, t] after a pool and memory.* → logits [p·beams, vocabulary] of the next token, and fresh.*. */
export function compileText(config: BlipConfig, weights: WeightMap, runtime: RuntimeOptions = {}): Promise<Program> {
  const model = blip(new ParameterList().root, config);
  const cache = new PoolCache();
  const ids = input('ids', [cache.rows, cache.tokens], 'int64');
  const cross = remembered({ heads: config.text.heads, pictures: cache.pictures, texts: cache.beams });
  const hidden = model.write(ids, { positions: cache.positions, cross, cache });
  const logits = model.head(hidden.slice(1, -1).squeeze(1));
  return build({ logits, ...cache.outputs }, weights, repackText, runtime);
}

/** ids and mask int64 [texts, t] → embedding, unit vectors [texts, e] of texts read alone. */
export function compileEmbedding(
  config: BlipConfig,
  weights: WeightMap,
  runtime: RuntimeOptions = {},
): Promise<Program> {
  const model = blip(new ParameterList().root, config);
  const ids = input('ids', [texts, dim('tokens')], 'int64');
  const mask = input('mask', ids.shape, 'int64');
  return build({ embedding: model.embedText(model.read(ids, { mask })) }, weights, repackText, runtime);
}

/** Texts about pictures as inputs of a graph: ids and mask int64 [p, e, t], and the attention to memory.* */
function textsAbout({ text }: BlipConfig) {
  const tokens = dim('tokens');
  const ids = input('ids', [pictures, texts, tokens], 'int64');
  const mask = input('mask', ids.shape, 'int64');
  const cross = remembered({ heads: text.heads, pictures, texts });
  return { ids: ids.reshape([-1, tokens]), mask: mask.reshape([-1, tokens]), cross };
}

/** ids and mask int64 [p, e, t], memory.* → logits [p, e, 2] of "does not match" and "matches". */
export function compileMatch(config: BlipConfig, weights: WeightMap, runtime: RuntimeOptions = {}): Promise<Program> {
  const model = blip(new ParameterList().root, config);
  const { ids, ...about } = textsAbout(config);
  const logits = model.match(model.read(ids, about)).reshape([pictures, texts, 2]);
  return build({ logits }, weights, repackAbout, runtime);
}

/** Questions, ids and mask int64 [p, e, t], memory.* → memory.* of the answering stack, for p·e questions. */
export function compileQuestion(
  config: BlipConfig,
  weights: WeightMap,
  runtime: RuntimeOptions = {},
): Promise<Program> {
  const model = blip(new ParameterList().root, config);
  const { ids, ...about } = textsAbout(config);
  return build(model.remember('decoder', model.read(ids, about)), weights, repackAbout, runtime);
}

/** What the original ranks answers with: the loss of its training. */
const rankSmoothing = originalSmoothing;

/** Answers, ids and mask int64 [p, e, t], memory.* → loss [p, e]: how unlikely each is, the tokens after the first added. */
export function compileRanking(config: BlipConfig, weights: WeightMap, runtime: RuntimeOptions = {}): Promise<Program> {
  const model = blip(new ParameterList().root, config);
  const { ids, mask, cross } = textsAbout(config);
  const losses = answerLosses(model.head(model.write(ids, { mask, cross })), ids, mask, rankSmoothing);
  return build({ loss: losses.reshape([pictures, texts]) }, weights, repackAbout, runtime);
}
