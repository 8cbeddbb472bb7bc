/**
 * OPT's decoder (arXiv 2205.01068): learned positions that count real tokens, blocks with the norm before or after, and an
 * output matrix that is the word table. b texts, t tokens, d width, w width of the word table.
 */
import { type Params, linear as product, range, type Tensor } from '../core/index.ts';
import { postNormBlock, preNormBlock, type StackConfig } from './blocks.ts';
import type { PoolCache } from './cache.ts';
import { type Dropout, layerNorm, linear, table } from './layers.ts';
import { causalBias } from './masks.ts';

export interface OptConfig extends StackConfig {
  vocabulary: number;
  /** The longest text. */
  positions: number;
  /** Width of the word table; where it is not `width`, two projections lie between (OPT-350M). */
  wordWidth: number;
  /** Whether a block norms what goes into its sublayers, or what comes out and is added (OPT-350M). */
  normFirst: boolean;
  /** A norm behind the last block. */
  finalNorm: boolean;
  /** Whether the output matrix is the word table. */
  tied: boolean;
  /** This id's word row gets no gradient from being read: PyTorch's `padding_idx`. */
  padding: number;
}

export interface OptReadOptions {
  /** int64 [b, t]: 0 on padding. Default: all real. */
  mask?: Tensor;
  /** Holds earlier tokens, and says where the new ones stand and what they see. */
  cache?: PoolCache;
  dropout?: Dropout;
}

/** The published table starts with two rows that no real token uses; padding stands in the second. */
const firstPosition = 2;

/** mask int64 [b, t] → int64 [b, t]: real tokens count from 0 on, padding stands at −1. */
export const optPositions = (mask: Tensor): Tensor => mask.cumsum(1).mul(mask).sub(1);

export function optDecoder(p: Params, config: OptConfig) {
  const { width, wordWidth, eps, layers } = config;
  const words = () => table(p.at('words'), config.vocabulary, wordWidth);

  /** ids int64 [b, t] → rows of the word table [b, t, w], in the space where pictures may join them */
  const embed = (ids: Tensor): Tensor => {
    const rows = words().gather(ids);
    return ids.equal(config.padding).unsqueeze(-1).where(rows.stopGradient(), rows);
  };

  /** embedded tokens [b, t, w] → hidden states [b, t, w] */
  const read = (embedded: Tensor, { mask, cache, dropout }: OptReadOptions = {}): Tensor => {
    const tokens = embedded.size(1);
    const places = cache?.positions ?? (mask ? optPositions(mask) : range(0, tokens));
    const rows = table(p.at('positions'), config.positions + firstPosition, width).gather(places.add(firstPosition));
    const wide = wordWidth === width ? embedded : linear(p.at('projectIn'), embedded, width, { bias: false });
    let x = wide.add(rows);
    const bias = cache ? undefined : causalBias(tokens, mask);
    const block = config.normFirst ? preNormBlock : postNormBlock;
    for (let i = 0; i < layers; i++) x = block(p.at('blocks', i), x, { ...config, bias, cache, dropout });
    if (config.finalNorm) x = layerNorm(p.at('norm'), x, eps);
    return wordWidth === width ? x : linear(p.at('projectOut'), x, wordWidth, { bias: false });
  };

  /** hidden states [..., w] → logits [..., vocabulary] */
  const head = (x: Tensor): Tensor =>
    product(x, config.tied ? words() : table(p.at('head'), config.vocabulary, wordWidth));

  return { embed, read, head };
}

export type OptDecoder = ReturnType<typeof optDecoder>;
