/**
 * Keys and values kept between the passes of a decoder, as inputs and outputs of its graphs.
 *
 * All that was read for one picture or prompt lies in one pool of slots: what the picture left behind, the prompt's tokens,
 * and every token that any beam wrote. The pool is fed as it is and read without a copy; the beams are queries of one
 * product against it, and a mask says which slots each of them continues. Beams that change places therefore change the
 * mask alone, and a step gives back the keys and values of its own tokens, not a longer copy of all.
 * p pictures or prompts, e beams, r = p·e rows, n picture tokens, m slots, t new tokens, h heads, d head width.
 */
import {
  attention,
  concat,
  type Dim,
  dim,
  input,
  matmul,
  multiplySizes,
  range,
  ShapeError,
  type Size,
  type Tensor,
} from '../core/index.ts';
import { biasOf } from './masks.ts';

export interface Cache {
  /** q, k and v [r, t, h·d] of new tokens → what attention over old and new tokens gives, [r, t, h·d]. */
  attend(path: string, q: Tensor, k: Tensor, v: Tensor, options: { heads: number; bias?: Tensor }): Tensor;
}

const apart = (x: Tensor, heads: number) => x.rearrange('b n (h d) -> b h n d', { h: heads });

/** The picture's pass: plain attention among picture tokens, whose keys and values are recorded as outputs. */
export class MemoryRecorder implements Cache {
  /** `memory.<path>.k` and `.v`, [p, h, n, d]. */
  readonly outputs: Record<string, Tensor> = {};

  attend(path: string, q: Tensor, k: Tensor, v: Tensor, { heads, bias }: { heads: number; bias?: Tensor }): Tensor {
    this.outputs[`memory.${path}.k`] = apart(k, heads);
    this.outputs[`memory.${path}.v`] = apart(v, heads);
    return attention(q, k, v, { heads, bias }).values;
  }
}

/** The text's pass: inputs `past.*`, outputs `fresh.*`, and the inputs that tell slots and rows apart. */
export class PoolCache implements Cache {
  /** `fresh.<path>.k` and `.v`, [p, h, e·t, d]: what the next pass finds in its slots. */
  readonly outputs: Record<string, Tensor> = {};
  readonly pictures: Dim = dim('pictures');
  readonly beams: Dim = dim('beams');
  readonly rows: Size = multiplySizes(this.pictures, this.beams);
  /** int64 [r, t], where each new token stands in its text. */
  readonly positions: Tensor;
  readonly #slots = dim('slots');
  /** What is added to the scores, [p, 1, e·t, m + e·t]. */
  readonly #bias: Tensor;

  /** @param tokens how many new tokens a row reads in one pass */
  constructor(readonly tokens: Size = dim('tokens')) {
    const { pictures: p, beams: e } = this;
    this.positions = input('positions', [this.rows, tokens], 'int64');
    const seen = input('seen', [p, e, this.#slots], 'bool');
    const real = input('real', [p, e, tokens], 'bool');
    const together = multiplySizes(e, tokens);

    const slots = seen.unsqueeze(2).expand([p, e, tokens, this.#slots]).reshape([p, together, this.#slots]);
    // Among the new tokens a row sees its own alone, up to where it stands.
    const ownRow = range(0, e)
      .reshape([e, 1, 1, 1])
      .equal(range(0, e).reshape([1, 1, e, 1]));
    const earlier = range(0, tokens)
      .reshape([1, 1, 1, tokens])
      .lessOrEqual(range(0, tokens).reshape([1, tokens, 1, 1]));
    const own = ownRow
      .and(earlier)
      .reshape([1, together, together])
      .and(real.reshape([p, 1, together]));
    this.#bias = biasOf(concat([slots, own], -1)).unsqueeze(1);
  }

  attend(path: string, q: Tensor, k: Tensor, v: Tensor, { heads, bias }: { heads: number; bias?: Tensor }): Tensor {
    if (bias) throw new ShapeError(`${path}: what a row of a pool sees is fed as 'seen' and 'real'; give no bias`);
    const { pictures, beams: e } = this;
    const width = q.width / heads;
    const past = (part: string) => input(`past.${path}.${part}`, [pictures, heads, this.#slots, width]);
    const together = (x: Tensor) => x.rearrange('(p e) t (h d) -> p h (e t) d', { h: heads, e });
    const [queries, keys, values] = [q, k, v].map(together);
    this.outputs[`fresh.${path}.k`] = keys;
    this.outputs[`fresh.${path}.v`] = values;

    const scale = width ** -0.5;
    const toSlots = matmul(queries, past('k'), { transposeB: true }, scale);
    const toFresh = matmul(queries, keys, { transposeB: true }, scale);
    const weights = concat([toSlots, toFresh], -1).add(this.#bias).softmax();
    const [onSlots, onFresh] = weights.split(-1, [this.#slots, toFresh.size(-1)]);
    const mixed = onSlots.matmul(past('v')).add(onFresh.matmul(values));
    return mixed.rearrange('p h (e t) d -> (p e) t (h d)', { e });
  }
}
