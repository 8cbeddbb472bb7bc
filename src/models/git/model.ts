/**
 * GIT: one picture encoder, one text decoder, one objective (arXiv 2205.14100).
 *
 * b pictures or videos, f frames, n picture tokens, t text tokens, d decoder width.
 */
import { concat, filled, init, type Key, type Params, linear as product, type Tensor } from '../../core/index.ts';
import {
  bertBlocks,
  bertEmbeddings,
  type Cache,
  type Dropout,
  layerNorm,
  linear,
  type PoolCache,
  paddingBias,
  prefixBias,
  table,
  visionTransformer,
} from '../../nn/index.ts';
import type { GitConfig } from './config.ts';

export interface DecodeOptions {
  /** 1 where a text token may be looked at, int64 [b, t] */
  mask?: Tensor;
  /** int64 [b, t]; default: 0 … t − 1. */
  positions?: Tensor;
  /** Training: where dropout gets its numbers. */
  key?: Key;
}

export function git(p: Params, config: GitConfig) {
  const { vision, text } = config;

  /** pixels [b, 3, h, w] → normed tokens of the picture tower, [b, n, vision width] */
  const see = (pixels: Tensor) => visionTransformer(p.at('vision'), pixels, vision);

  /** vision tokens → picture tokens in the decoder's width (section 3.1) */
  const project = (tokens: Tensor) =>
    layerNorm(p.at('project', 'norm'), linear(p.at('project', 'linear'), tokens, text.width), vision.eps);

  /** One frame's tokens with its temporal vector, which comes before the projection. */
  const inTime = (tokens: Tensor, frame: number) =>
    config.frames ? tokens.add(p.get(`temporal.${frame}`, [vision.width])) : tokens;

  /** pixels [b, 3, h, w] or [b, f, 3, h, w] → picture tokens [b, n, d]; the frames of a video follow each other */
  const encode = (pixels: Tensor) => {
    if (pixels.rank === 4) return project(see(pixels));
    const frames = pixels.shape[1] as number;
    const each = Array.from({ length: frames }, (_, i) => inTime(see(pixels.slice(1, i, i + 1).squeeze(1)), i));
    return project(concat(each, 1));
  };

  /** picture tokens and ids [b, t] → hidden states of all positions, [b, n + t, d] */
  const decode = (picture: Tensor, ids: Tensor, { mask, positions, key }: DecodeOptions = {}) => {
    const dropout: Dropout | undefined = key && { ...config.dropout, key };
    const words = bertEmbeddings(p.at('text'), ids, text, { positions, dropout });
    const n = picture.size(1);
    const pictureMask = mask && concat([filled([ids.size(0), n], 1).cast('int64'), mask], 1);
    const prefix = prefixBias(n, ids.size(1));
    const bias = pictureMask ? prefix.add(paddingBias(pictureMask)) : prefix;
    return bertBlocks(p.at('text'), concat([picture, words], 1), text, { bias, dropout });
  };

  /** The picture's part of `decode`, which no text can change: fills the cache. */
  const remember = (picture: Tensor, cache: Cache) => {
    bertBlocks(p.at('text'), picture, text, { cache });
  };

  /** More text after what the pool holds: ids [r, t] → hidden states [r, t, d] */
  const resume = (ids: Tensor, cache: PoolCache) => {
    const words = bertEmbeddings(p.at('text'), ids, text, { positions: cache.positions });
    return bertBlocks(p.at('text'), words, text, { cache });
  };

  /** hidden states [..., d] → logits [..., vocabulary]; no norm and no transform in between */
  const head = (x: Tensor) => {
    const words = config.tied
      ? table(p.at('text', 'words'), text.vocabulary, text.width)
      : p.get('head.weight', [text.vocabulary, text.width], init.normal(0.02));
    return product(x, words, p.get('head.bias', [text.vocabulary]));
  };

  return { see, project, encode, decode, remember, resume, head };
}

export type Git = ReturnType<typeof git>;
