/** CLIP's objective: every picture should choose its own text, and every text its own picture (figure 3 of the paper). */
import { crossEntropy, range, type Tensor } from '../../core/index.ts';

/** logits [n, n], pairs on the diagonal → the mean of both cross-entropies. */
export function contrastive(logits: Tensor): Tensor {
  const own = range(0, logits.size(0));
  return crossEntropy(logits, own)
    .add(crossEntropy(logits.transpose([1, 0]), own))
    .mul(0.5);
}
