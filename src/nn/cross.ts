/**
 * Cross-attention: text asks, and keys and values come from what another encoder saw (arXiv 1706.03762, section 3.2.3).
 *
 * Keys and values depend on what was seen alone, so for inference they are computed once, as a memory, and many texts
 * about one picture are queries of one product against it.
 * p pictures, r = p·e rows of text, n seen tokens, t text tokens, h heads, d head width.
 */
import { dim, input, matmul, type Params, type Size, type Tensor } from '../core/index.ts';
import { type AttentionOptions, attention } from './attention.ts';
import { linear } from './layers.ts';

/** Part of a block: tokens [b, t, h·d] → what is added to them. */
export type Sublayer = (p: Params, x: Tensor) => Tensor;

/** Attention to `context` [b, n, any width]. Parameters q, k, v, out. */
export const crossAttention =
  (context: Tensor, options: Omit<AttentionOptions, 'context' | 'cache'>): Sublayer =>
  (p, x) =>
    attention(p, x, { ...options, context });

/** Keys and values that a block's cross-attention takes from seen tokens [p, n, any width]: `memory.<path>.k` and `.v`. */
export function crossMemory(
  p: Params,
  seen: Tensor,
  { width, heads }: { width: number; heads: number },
): Record<string, Tensor> {
  const part = (name: string) => linear(p.at(name), seen, width).rearrange('p n (h d) -> p h n d', { h: heads });
  return { [`memory.${p.path}.k`]: part('k'), [`memory.${p.path}.v`]: part('v') };
}

/** Cross-attention to such a memory, which is an input of the graph. Rows [p·e, t, h·d], those of a picture together. */
export const remembered =
  ({ heads, pictures, texts }: { heads: number; pictures: Size; texts: Size }): Sublayer =>
  (p, x) => {
    const width = x.width / heads;
    const memory = (part: string) => input(`memory.${p.path}.${part}`, [pictures, heads, dim('prefix'), width]);
    const sizes = { h: heads, p: pictures, e: texts };
    const q = linear(p.at('q'), x, x.width).rearrange('(p e) t (h d) -> p h (e t) d', sizes);
    const scores = matmul(q, memory('k'), { transposeB: true }, width ** -0.5);
    const mixed = scores.softmax().matmul(memory('v'));
    return linear(p.at('out'), mixed.rearrange('p h (e t) d -> (p e) t (h d)', { e: texts }), x.width);
  };
