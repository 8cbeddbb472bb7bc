/** Multi-head attention with learned projections, and what masks and caches it. */
import {
  concat,
  dim,
  dropout,
  gather,
  input,
  matmul,
  attention as mix,
  type Params,
  type Shape,
  type Tensor,
} from '../core/index.ts';
import { type Dropout, linear } from './layers.ts';

export interface AttentionOptions {
  heads: number;
  /** Keys and values come from here: cross-attention. Default: from `x` itself. */
  context?: Tensor;
  /** Added to the scores; see masks.ts. Broadcasts to [b, h, n, m]. */
  bias?: Tensor;
  /** Keeps the keys and values of earlier tokens. */
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
  const [keys, values] = cache ? cache.extend(p.path, k, v) : [k, v];
  const mixed = noise?.attention
    ? mixWithDropout(q, keys, values, heads, bias, { ...noise, key: noise.key.fold(p.path) })
    : mix(q, keys, values, { heads, bias }).values;
  return linear(p.at('out'), mixed, x.width);
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

/**
 * Keys and values of the tokens read so far, as inputs and outputs of a decoding graph.
 *
 * The graph of the first pass has no past. The graph of a later step takes `past.*` [rows, past, d] and `rows`, which
 * says for every row of this step which earlier row it continues, so that beams are copied and reordered by index.
 */
export class Cache {
  readonly #past: { rows: Tensor } | undefined;
  readonly #present = new Map<string, Tensor>();

  private constructor(past: { rows: Tensor } | undefined) {
    this.#past = past;
  }

  /** For the first pass: nothing came before. */
  static empty(): Cache {
    return new Cache(undefined);
  }

  /** For later passes. */
  static continued(batch: Shape[number]): Cache {
    return new Cache({ rows: input('rows', [batch], 'int64') });
  }

  extend(path: string, k: Tensor, v: Tensor): [Tensor, Tensor] {
    const both = (['k', 'v'] as const).map((part, i) => {
      const fresh = [k, v][i];
      const name = `${path}.${part}`;
      const all = this.#past ? concat([this.#earlier(name, fresh.width, this.#past.rows), fresh], 1) : fresh;
      this.#present.set(`present.${name}`, all);
      return all;
    });
    return both as [Tensor, Tensor];
  }

  /** What the next step must be fed, under `past.` instead of `present.`. */
  get present(): Record<string, Tensor> {
    return Object.fromEntries(this.#present);
  }

  #earlier(name: string, width: number, rows: Tensor): Tensor {
    return gather(input(`past.${name}`, [dim('pastRows'), dim('past'), width]), rows);
  }
}
