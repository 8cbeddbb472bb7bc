/**
 * Attention masks as numbers added to the scores: 0 where a query may look, a large negative number where it may not.
 *
 * The number is finite, so that a row which may look nowhere gives finite nonsense instead of NaN; it is large enough
 * that float32 scores vanish beside it.
 */
import { addSizes, concat, filled, range, type Size, type Tensor } from '../core/index.ts';

export const forbidden = -1e9;

/** A boolean "may look" tensor as a bias. */
export const biasOf = (allowed: Tensor): Tensor => allowed.where(0, forbidden);

/** mask [b, m] of 0 and 1 → bias [b, 1, 1, m]: nobody looks at padding. */
export const paddingBias = (mask: Tensor): Tensor => biasOf(mask.equal(1)).rearrange('b m -> b 1 1 m');

/** [1 or b, 1, n, n]: each of n tokens looks at itself and what came before, and not at what a mask [b, n] calls padding. */
export function causalBias(tokens: Size, mask?: Tensor): Tensor {
  const query = range(0, tokens).reshape([1, 1, tokens, 1]);
  const causal = biasOf(range(0, tokens).reshape([1, 1, 1, tokens]).lessOrEqual(query));
  return mask ? causal.add(paddingBias(mask)) : causal;
}

/**
 * [1, 1, prefix + n, prefix + n]: the prefix sees itself and nothing else; the rest sees the prefix and what came before
 * (GIT, section 3.2: pictures see pictures; text also sees earlier text).
 */
export function prefixBias(prefix: Size, rest: Size): Tensor {
  const total = addSizes(prefix, rest);
  const query = range(0, total).reshape([1, 1, total, 1]);
  const key = range(0, total).reshape([1, 1, 1, total]);
  const isPrefix = concat([filled([prefix], 1), filled([rest], 0)], 0).equal(1);
  return biasOf(key.lessOrEqual(query).or(isPrefix.reshape([1, 1, 1, total])));
}
