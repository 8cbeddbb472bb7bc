/** Multi-head attention with learned projections. b batch, n queries, m keys, h heads, d width. */
import { dropout, matmul, attention as mix, type Params, type Tensor } from '../core/index.ts';
import type { Cache } from './cache.ts';
import { type Dropout, linear } from './layers.ts';

export interface AttentionOptions {
  heads: number;
  /** Keys and values come from here: cross-attention. Default: from `x` itself. */
  context?: Tensor;
  /** Added to the scores; see masks.ts. Broadcasts to [b, h, n, m]. */
  bias?: Tensor;
  /** Keeps and finds the keys and values of earlier tokens. */
  cache?: Cache;
  dropout?: Dropout;
}

/** x [b, n, d] → [b, n, d]. Parameters q, k, v, out. */
export function attention(
  p: Params,
  x: Tensor,
  { heads, context = x, bias, cache, dropout: noise }: AttentionOptions,
): Tensor {
  const q = linear(p.at('q'), x, x.width);
  const k = linear(p.at('k'), context, x.width);
  const v = linear(p.at('v'), context, x.width);
  const mixed = () => {
    if (cache) return cache.attend(p.path, q, k, v, { heads, bias });
    if (noise?.attention) return mixWithDropout(q, k, v, heads, bias, { ...noise, key: noise.key.fold(p.path) });
    return mix(q, k, v, { heads, bias }).values;
  };
  return linear(p.at('out'), mixed(), x.width);
}

/** Dropout acts on the probabilities, so the fused primitive cannot be used. */
function mixWithDropout(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  heads: number,
  bias: Tensor | undefined,
  noise: Dropout,
): Tensor {
  const apart = (x: Tensor) => x.rearrange('b n (h d) -> b h n d', { h: heads });
  const product = matmul(apart(q), apart(k), { transposeB: true }, (q.width / heads) ** -0.5);
  const kept = dropout((bias ? product.add(bias) : product).softmax(), noise.attention, noise.key);
  return kept.matmul(apart(v)).rearrange('b h n d -> b n (h d)');
}
