/**
 * UNITER: words and regions that a detector found, in one transformer (arXiv 1909.11740).
 *
 * b pairs, t text tokens, n regions, m tokens of the sequence, d width, f numbers of a region's feature.
 */
import { concat, type Key, type Params, type Tensor } from '../../core/index.ts';
import {
  bertBlocks,
  bertEmbeddings,
  type Dropout,
  drop,
  headTransform,
  layerNorm,
  linear,
  maskedLanguageHead,
  paddingBias,
  pooler,
  table,
} from '../../nn/index.ts';
import type { UniterConfig } from './config.ts';

export interface Regions {
  /** What the detector's last layer averages to, float32 [b, n, f]; never normalised. */
  features: Tensor;
  /** [x1, y1, x2, y2, w, h, w·h] in shares of the picture's sides, float32 [b, n, 7]. */
  locations: Tensor;
  /** 1 where the feature was taken away, int64 [b, n]; its place gets a learned vector. */
  masked?: Tensor;
  /** Rows of the type table, int64 [b, n]; default: 1, "the picture". */
  types?: Tensor;
}

export interface Sequence {
  /** 1 where a token is real, int64 [b, m] */
  mask: Tensor;
  /** Which rows of (text, regions) the sequence is made of, int64 [b, m], from `pack`; default: all, in order. */
  order?: Tensor;
}

export interface Encoded {
  /** [b, m, d] */
  tokens: Tensor;
  /** The first token through a dense layer and tanh, [b, d]. */
  pooled: Tensor;
}

export function uniter(p: Params, config: UniterConfig) {
  const { text } = config;
  const { width, eps } = text;
  const noise = (key?: Key): Dropout | undefined => key && { ...config.dropout, key };
  const gelu = { activation: text.activation, eps };

  /** ids int64 [b, t] → words [b, t, d] */
  const read = (ids: Tensor, { types, key }: { types?: Tensor; key?: Key } = {}) =>
    bertEmbeddings(p.at('text'), ids, text, { types, dropout: noise(key) });

  /** regions → [b, n, d]: feature and place are normed apart, then together with the type row (section 3.1) */
  const see = ({ features, locations, masked, types }: Regions, key?: Key) => {
    const scope = p.at('regions');
    const replacement = table(scope.at('mask'), 2, config.regions.features).slice(0, 1).reshape([-1]);
    // Row 0 of that table is for regions that are not masked, and counts as zero whatever the file holds.
    const shown = masked ? features.add(masked.unsqueeze(2).equal(1).where(replacement, 0)) : features;
    const seen = layerNorm(scope.at('featureNorm'), linear(scope.at('feature'), shown, width), eps);
    const placed = layerNorm(scope.at('locationNorm'), linear(scope.at('location'), locations, width), eps);
    const rows = table(p.at('text', 'types'), text.types, width);
    const type = types ? rows.gather(types) : rows.slice(0, 1, 2).reshape([width]);
    return drop(layerNorm(scope.at('norm'), seen.add(placed).add(type), eps), noise(key), scope.path);
  };

  /** words [b, t, d], regions [b, n, d] → the sequence that is encoded, [b, m, d] */
  const pack = (words: Tensor, regions: Tensor, order?: Tensor) => {
    const both = concat([words, regions], 1);
    return order ? both.takeAlong(order.unsqueeze(2).expand([...order.shape, width]), 1) : both;
  };

  /** tokens [b, m, d] of words, regions or both → the same, contextual */
  const encode = (tokens: Tensor, mask: Tensor, key?: Key): Encoded => {
    const encoded = bertBlocks(p.at('joint'), tokens, text, { bias: paddingBias(mask), dropout: noise(key) });
    return { tokens: encoded, pooled: pooler(p.at('pooler'), encoded) };
  };

  /** tokens [..., d] → logits of words [..., vocabulary]; the output matrix is the word table */
  const fill = (x: Tensor) =>
    maskedLanguageHead(p.at('fill'), x, table(p.at('text', 'words'), text.vocabulary, width), text);

  /** tokens [..., d] → features [..., f], by the matrix that reads features, turned around */
  const regress = (x: Tensor) => {
    const { features } = config.regions;
    const reading = table(p.at('regions', 'feature'), width, features);
    const scope = p.at('regress');
    return headTransform(scope, x, gelu)
      .matmul(reading)
      .add(scope.get('bias', [features]));
  };

  /** tokens [..., d] → logits of the detector's classes [..., classes]; 0 is the background */
  const classifyRegions = (x: Tensor) => {
    const scope = p.at('regionClass');
    return linear(scope.at('out'), headTransform(scope, x, gelu), config.regions.classes);
  };

  /** pooled [b, d] → logits [b, 2]; 1 means that text and picture belong together */
  const match = (pooled: Tensor) => linear(p.at('match'), pooled, 2);

  /** pooled [b, d] → how well they fit, [b, 1]: row 1 of `match`, trained further */
  const rank = (pooled: Tensor) => linear(p.at('rank'), pooled, 1);

  /** pooled [b, d] → logits of the labels */
  const answer = (pooled: Tensor) => {
    const scope = p.at('answer');
    return linear(scope.at('out'), headTransform(scope, pooled, { ...gelu, width: width * 2 }), config.labels.length);
  };

  /** regions after the encoder [b, n, d] → how well each fits the text, [b, n] */
  const locate = (regions: Tensor) => linear(p.at('locate'), regions, 1).squeeze(2);

  /** pooled [b, d] → logits [b, 2]; 1 means that the answer is the right one (VCR) */
  const choose = (pooled: Tensor) => {
    const scope = p.at('choose');
    return linear(scope.at('out'), headTransform(scope, pooled, { activation: 'relu', eps, width: width * 2 }), 2);
  };

  return { read, see, pack, encode, fill, regress, classifyRegions, match, rank, answer, locate, choose };
}

export type Uniter = ReturnType<typeof uniter>;
