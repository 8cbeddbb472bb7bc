/**
 * Statements about two pictures (NLVR2; section 4.1 and table 4 of the paper): is the text true of both?
 *
 * Three ways to see them: one sequence with both (`triplet`), two sequences with the text in each (`paired`), and two
 * whose tokens attend to each other before they are pooled (`pairedAttention`, the best). b statements, m tokens, d width.
 */
import { concat, type Params, type Tensor } from '../../core/index.ts';
import { attention, linear, paddingBias } from '../../nn/index.ts';
import type { UniterConfig } from './config.ts';
import type { Encoded } from './model.ts';

/** Masked in the pooling by a finite number, as the original does. */
const hidden = -1e4;

/** One sequence: pooled [b, d] → logits [b, 2]. */
export const triplet = (p: Params, { pooled }: Encoded): Tensor => linear(p.at('pair'), pooled, 2);

/** Rows 2i and rows 2i + 1 of [2b, ...]. */
const halves = (x: Tensor): Tensor[] => {
  const pairs = x.reshape([-1, 2, ...x.shape.slice(1)]);
  return [0, 1].map((side) => pairs.slice(1, side, side + 1).squeeze(1));
};

/** Two sequences, one after another: pooled [2b, d] → logits [b, 2]. */
export const paired = (p: Params, { pooled }: Encoded): Tensor => linear(p.at('pair'), concat(halves(pooled), 1), 2);

/** Tokens [2b, m, d] and their mask int64 [2b, m] → logits [b, 2]. */
export function pairedAttention(p: Params, { tokens }: Encoded, mask: Tensor, { text }: UniterConfig): Tensor {
  const [left, right] = halves(tokens);
  const [leftMask, rightMask] = halves(mask);
  const seen = (name: string, own: Tensor, other: Tensor, otherMask: Tensor) => {
    const attended = attention(p.at(name), own, {
      heads: text.heads,
      context: other,
      bias: paddingBias(otherMask),
    });
    return linear(p.at('pairMix'), concat([attended, own], 2), text.width).relu();
  };
  const pooled = [
    attentionPool(p.at('pairPool'), seen('pairLeft', left, right, rightMask), leftMask),
    attentionPool(p.at('pairPool'), seen('pairRight', right, left, leftMask), rightMask),
  ];
  return linear(p.at('pair'), concat(pooled, 1), 2);
}

/** Tokens [b, m, d] → their mean [b, d], weighted by a learned score. */
function attentionPool(p: Params, x: Tensor, mask: Tensor): Tensor {
  const scores = linear(p, x, 1).relu().squeeze(2).add(mask.equal(1).where(0, hidden));
  return scores.softmax().unsqueeze(1).matmul(x).squeeze(1);
}
