/**
 * Keys and values kept between the passes of a decoder, as inputs and outputs of its graphs.
 *
 * What a picture leaves behind (its memory) never changes, is large, and is the same for all beams of a picture: it is
 * computed once, fed as it is, and read without a copy. What text leaves behind is small, grows by a token a step, and is
 * copied and reordered by row index when beams change places.
 * p pictures, r = p·beams rows, n picture tokens, m text tokens so far, h heads, d head width.
 */
import {
  attention,
  concat,
  type Dim,
  dim,
  gather,
  input,
  matmul,
  multiplySizes,
  type Size,
  type Tensor,
} from '../core/index.ts';

export interface Cache {
  /** q [r, t, h·d], k and v [r, t, h·d] of new tokens → what attention over old and new tokens gives, [r, t, h·d]. */
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

/** Text that sees nothing but text: inputs `past.*` and `rows`, outputs `present.*`. */
export class PastCache implements Cache {
  /** `present.<path>.k` and `.v`, [r, m + t, h·d]: what the next step takes as `past.*`. */
  readonly outputs: Record<string, Tensor> = {};
  readonly pictures: Dim = dim('pictures');
  readonly beams: Dim = dim('beams');
  readonly rows: Size = multiplySizes(this.pictures, this.beams);
  /** int64 [p, beams]: the earlier row that each row of this step continues. */
  readonly #from = input('rows', [this.pictures, this.beams], 'int64');

  attend(path: string, q: Tensor, k: Tensor, v: Tensor, { heads, bias }: { heads: number; bias?: Tensor }): Tensor {
    return attention(q, this.extend(`${path}.k`, k), this.extend(`${path}.v`, v), { heads, bias }).values;
  }

  /** Fresh keys or values [r, t, h·d] behind those that the rows bring along, [r, m + t, h·d]. */
  protected extend(name: string, fresh: Tensor): Tensor {
    const past = input(`past.${name}`, [dim('pastRows'), dim('past'), fresh.width]);
    const all = concat([gather(past, this.#from.reshape([-1])), fresh], 1);
    this.outputs[`present.${name}`] = all;
    return all;
  }
}

/** Text behind a picture that is its prefix: inputs `memory.*` too. */
export class TextCache extends PastCache {
  override attend(
    path: string,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    { heads, bias }: { heads: number; bias?: Tensor },
  ): Tensor {
    const width = q.width / heads;
    // Beams of a picture meet its memory as queries of one product; nothing is repeated for them.
    const beside = (x: Tensor) =>
      x.rearrange('(p e) t (h d) -> p h (e t) d', { h: heads, p: this.pictures, e: this.beams });
    const memory = (part: string) => input(`memory.${path}.${part}`, [this.pictures, heads, dim('prefix'), width]);
    const [keys, values] = [this.extend(`${path}.k`, k), this.extend(`${path}.v`, v)];

    const scale = width ** -0.5;
    const toPicture = matmul(beside(q), memory('k'), { transposeB: true }, scale);
    const toText = matmul(apart(q, heads), apart(keys, heads), { transposeB: true }, scale);
    const masked = bias ? toText.add(bias) : toText;
    const e = { p: this.pictures, e: this.beams };
    const scores = concat([toPicture, masked.rearrange('(p e) h t m -> p h (e t) m', e)], -1);
    const [onPicture, onText] = scores.softmax().split(-1, [dim('prefix'), keys.size(1)]);
    const fromPicture = onPicture.matmul(memory('v')).rearrange('p h (e t) d -> (p e) t (h d)', { e: this.beams });
    const textWeights = onText.rearrange('p h (e t) m -> (p e) h t m', { e: this.beams });
    return fromPicture.add(textWeights.matmul(apart(values, heads)).rearrange('r h t d -> r t (h d)'));
  }
}
