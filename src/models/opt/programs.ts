/** OPT compiled: one program reads and writes, so that its weights are in memory once. */
import { addSizes, concat, dim, input, ParameterList, type Params } from '../../core/index.ts';
import { type OptConfig, optDecoder, PoolCache } from '../../nn/index.ts';
import { compile, type Program } from '../../runtime/index.ts';
import type { RuntimeOptions, WeightMap } from '../running.ts';

/**
 * prefix [r, n, w] of embedded tokens and ids [r, t] behind them, after a pool → logits [r, vocabulary] of the next token,
 * and fresh.*. The prefix is what stands before a text without being one, such as a picture's tokens; n may be 0.
 *
 * @param scope where the decoder's parameters live among those of the model it is part of
 */
export function compileOpt(
  config: OptConfig,
  weights: WeightMap,
  runtime: RuntimeOptions = {},
  scope: (root: Params) => Params = (root) => root.at('text'),
): Promise<Program> {
  const model = optDecoder(scope(new ParameterList().root), config);
  const [before, words] = [dim('prefix'), dim('words')];
  const cache = new PoolCache(addSizes(before, words));
  const prefix = input('prefix', [cache.rows, before, config.wordWidth]);
  const ids = input('ids', [cache.rows, words], 'int64');
  const hidden = model.read(concat([prefix, model.embed(ids)], 1), { cache });
  const logits = model.head(hidden.slice(1, -1).squeeze(1));
  // A few rows a product, and weights that may fill the memory: they are read where they lie.
  return compile({ logits, ...cache.outputs }, { ...runtime, weights, prepack: false });
}
