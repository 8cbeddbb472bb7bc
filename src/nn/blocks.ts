/** Transformer blocks, norm before or norm after. b batch, n tokens, d width. */
import type { Params, Tensor } from '../core/index.ts';
import { type AttentionOptions, attention } from './attention.ts';
import { type Activation, drop, layerNorm, mlp } from './layers.ts';

export interface BlockOptions extends AttentionOptions {
  hidden: number;
  activation: Activation;
  eps: number;
}

/** x + attention(norm x), then x + mlp(norm x): ViT, CLIP, GPT. */
export function preNormBlock(p: Params, x: Tensor, options: BlockOptions): Tensor {
  const { eps, dropout } = options;
  const mixed = attention(p.at('attn'), layerNorm(p.at('norm1'), x, eps), options);
  const h = x.add(drop(mixed, dropout, `${p.path}.attn`));
  return h.add(drop(mlp(p.at('mlp'), layerNorm(p.at('norm2'), h, eps), options), dropout, `${p.path}.mlp`));
}

/** norm(x + attention x), then norm(x + mlp x): the original transformer, BERT, GIT's decoder. */
export function postNormBlock(p: Params, x: Tensor, options: BlockOptions): Tensor {
  const { eps, dropout } = options;
  const mixed = attention(p.at('attn'), x, options);
  const h = layerNorm(p.at('norm1'), x.add(drop(mixed, dropout, `${p.path}.attn`)), eps);
  return layerNorm(p.at('norm2'), h.add(drop(mlp(p.at('mlp'), h, options), dropout, `${p.path}.mlp`)), eps);
}
