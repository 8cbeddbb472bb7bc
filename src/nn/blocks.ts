/** Transformer blocks, norm before or norm after. b batch, n tokens, d width. */
import { boundary, type Params, type Tensor } from '../core/index.ts';
import { type AttentionOptions, attention } from './attention.ts';
import type { Sublayer } from './cross.ts';
import { type Activation, drop, layerNorm, mlp } from './layers.ts';

/** Sizes of a stack of equal blocks. */
export interface StackConfig {
  width: number;
  layers: number;
  heads: number;
  /** Width of the perceptron's middle. */
  hidden: number;
  activation: Activation;
  /** Of the norms. */
  eps: number;
}

export interface BlockOptions extends AttentionOptions, Pick<StackConfig, 'hidden' | 'activation' | 'eps'> {}

/** x + attention(norm x), then x + mlp(norm x): ViT, CLIP, GPT. */
export function preNormBlock(p: Params, x: Tensor, options: BlockOptions): Tensor {
  const { eps, dropout } = options;
  const mixed = attention(p.at('attn'), layerNorm(p.at('norm1'), x, eps), options);
  const h = x.add(drop(mixed, dropout, `${p.path}.attn`));
  return boundary(h.add(drop(mlp(p.at('mlp'), layerNorm(p.at('norm2'), h, eps), options), dropout, `${p.path}.mlp`)));
}

export interface PostNormOptions extends BlockOptions {
  /** A sublayer between self-attention and the perceptron, with a residual and a norm of its own; see cross.ts. */
  cross?: Sublayer;
  /** Where self-attention and its norm live, if apart from the rest: two blocks that share all else (BLIP). */
  own?: Params;
}

/** norm(x + attention x), then norm(x + mlp x): the original transformer, BERT, GIT's decoder. */
export function postNormBlock(p: Params, x: Tensor, options: PostNormOptions): Tensor {
  const { eps, dropout, cross, own = p } = options;
  const norm = (at: Params, before: Tensor, change: Tensor, place: string) =>
    layerNorm(at, before.add(drop(change, dropout, place)), eps);
  let h = norm(own.at('norm1'), x, attention(own.at('attn'), x, options), `${own.path}.attn`);
  if (cross) h = norm(p.at('crossNorm'), h, cross(p.at('cross'), h), `${p.path}.cross`);
  return boundary(norm(p.at('norm2'), h, mlp(p.at('mlp'), h, options), `${p.path}.mlp`));
}
