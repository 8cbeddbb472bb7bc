/** RoBERTa (arXiv 1907.11692): BERT's encoder, with positions that count real tokens. b texts, t tokens, d width. */
import type { Params, Tensor } from '../core/index.ts';
import { type BertConfig, bertBlocks, bertEmbeddings } from './bert.ts';
import type { Dropout } from './layers.ts';
import { paddingBias } from './masks.ts';

export interface RobertaConfig extends BertConfig {
  /** The padding id; the first real token stands at the position after it. */
  pad: number;
}

/** ids int64 [b, t] → int64 [b, t]: padding stays at row `pad`, real tokens count on from `pad` + 1. */
export function robertaPositions(ids: Tensor, pad: number): Tensor {
  const real = ids.equal(pad).not().cast('int64');
  return real.cumsum(1).mul(real).add(pad);
}

export const robertaEmbeddings = (p: Params, ids: Tensor, config: RobertaConfig, dropout?: Dropout): Tensor =>
  bertEmbeddings(p, ids, config, { positions: robertaPositions(ids, config.pad), dropout });

/** ids, mask int64 [b, t] → tokens [b, t, d] */
export function robertaTower(
  p: Params,
  ids: Tensor,
  mask: Tensor | undefined,
  config: RobertaConfig,
  dropout?: Dropout,
): Tensor {
  const bias = mask && paddingBias(mask);
  return bertBlocks(p, robertaEmbeddings(p, ids, config, dropout), config, { bias, dropout });
}
