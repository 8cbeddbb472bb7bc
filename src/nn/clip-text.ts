/** CLIP's text tower (arXiv 2103.00020): pre-norm blocks under a causal mask. b texts, t tokens, d width. */
import { init, type Params, range, type Tensor } from '../core/index.ts';
import { preNormBlock, type StackConfig } from './blocks.ts';
import { layerNorm, table } from './layers.ts';
import { causalBias } from './masks.ts';

export interface ClipTextConfig extends StackConfig {
  vocabulary: number;
  positions: number;
  /** The token whose place holds the text's vector. */
  eos: number;
}

/** ids, mask int64 [b, t] → normed tokens [b, t, d]. */
export function clipTextTower(p: Params, ids: Tensor, mask: Tensor | undefined, config: ClipTextConfig): Tensor {
  const { width, eps } = config;
  const length = ids.size(1);
  const words = table(p.at('words'), config.vocabulary, width).gather(ids);
  let x = words.add(table(p.at('positions'), config.positions, width, init.normal(0.01)).gather(range(0, length)));
  const bias = causalBias(length, mask);
  for (let i = 0; i < config.layers; i++) x = preNormBlock(p.at('blocks', i), x, { ...config, bias });
  return layerNorm(p.at('norm'), x, eps);
}

/**
 * The row of each text that stands for it: [b, t, d] → [b, d].
 *
 * Files that say `eos_token_id: 2` predate a fix and mean the largest id, which is the end token of CLIP's vocabulary;
 * others mean the first position of `eos` itself. Ties go to the first, since padding may repeat the end token.
 */
export function clipTextPool(x: Tensor, ids: Tensor, eos: number): Tensor {
  const at = (eos === 2 ? ids : ids.equal(eos).cast('int64')).cast('float32').argmax(1);
  const index = at.reshape([at.size(0), 1, 1]).expand([x.size(0), 1, x.width]);
  return x.takeAlong(index, 1).squeeze(1);
}
