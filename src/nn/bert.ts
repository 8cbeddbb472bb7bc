/** BERT's text encoder (arXiv 1810.04805) and its masked-language head. b texts, t tokens, d width. */
import { type Params, linear as product, range, type Tensor } from '../core/index.ts';
import { type PostNormOptions, postNormBlock, type StackConfig } from './blocks.ts';
import type { Sublayer } from './cross.ts';
import { headTransform } from './heads.ts';
import { type Dropout, drop, layerNorm, linear, table } from './layers.ts';

export interface BertConfig extends StackConfig {
  vocabulary: number;
  positions: number;
  /** Rows of the segment table; 0 where a model has none (GIT). */
  types: number;
}

export interface EmbeddingInputs {
  /** int64 [b, t]; default: the first segment everywhere. */
  types?: Tensor;
  /** int64 [b, t] or [t]; default: 0 … t − 1. */
  positions?: Tensor;
  /** This id's word row gets no gradient from being read: PyTorch's `padding_idx`. */
  padding?: number;
  dropout?: Dropout;
}

/** ids int64 [b, t] → normed sum of word, position and segment rows, [b, t, d]. */
export function bertEmbeddings(
  p: Params,
  ids: Tensor,
  config: BertConfig,
  { types, positions, padding, dropout }: EmbeddingInputs = {},
): Tensor {
  const { width, eps } = config;
  const rows = table(p.at('words'), config.vocabulary, width).gather(ids);
  const words = padding === undefined ? rows : ids.equal(padding).unsqueeze(-1).where(rows.stopGradient(), rows);
  const places = table(p.at('positions'), config.positions, width).gather(positions ?? range(0, ids.size(1)));
  let x = words.add(places);
  if (config.types) {
    const segments = table(p.at('types'), config.types, width);
    x = x.add(types ? segments.gather(types) : segments.slice(0, 0, 1));
  }
  return drop(layerNorm(p.at('norm'), x, eps), dropout, p.path);
}

export interface BertBlocksOptions extends Pick<PostNormOptions, 'bias' | 'cache' | 'dropout' | 'own'> {
  /** The cross-attention of a layer, where it has one. */
  cross?: (layer: number) => Sublayer | undefined;
}

/** x [b, t, d] → [b, t, d] through the post-norm blocks. */
export function bertBlocks(
  p: Params,
  x: Tensor,
  config: BertConfig,
  { cross, own = p, ...options }: BertBlocksOptions = {},
): Tensor {
  for (let i = 0; i < config.layers; i++) {
    const parts = { own: own.at('blocks', i), cross: cross?.(i) };
    x = postNormBlock(p.at('blocks', i), x, { ...config, ...options, ...parts });
  }
  return x;
}

/** The first token through a dense layer and tanh: [b, t, d] → [b, d]. */
export const pooler = (p: Params, x: Tensor): Tensor => linear(p, x.slice(1, 0, 1).squeeze(1), x.width).tanh();

/** x [b, t, d] → logits [b, t, vocabulary]; the output matrix is the word table. */
export function maskedLanguageHead(
  p: Params,
  x: Tensor,
  words: Tensor,
  { eps, activation }: Pick<BertConfig, 'eps' | 'activation'>,
): Tensor {
  const h = headTransform(p, x, { activation, eps });
  return product(h, words, p.get('bias', [words.shape[0] as number]));
}
