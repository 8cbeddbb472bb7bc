/** Which text belongs to which picture: matching of pairs, ranking of candidates. */
import { concat, crossEntropy, filled, type Tensor } from '../../core/index.ts';

/** logits [b, 2], labels int64 [b], 1 for pairs that belong together. */
export const matchingLoss = (logits: Tensor, labels: Tensor): Tensor => crossEntropy(logits, labels);

/** scores [b, 1 + k] of the true candidate and k false ones: the first should win. */
export const rankingLoss = (scores: Tensor): Tensor => crossEntropy(scores, filled([scores.size(0)], 0).cast('int64'));

/** scores [b, 1 + k]: how much less than `margin` the true candidate is ahead of each false one, as shares; [b, k] */
export function marginLosses(scores: Tensor, margin = 0.2): Tensor {
  const [own, others] = scores.sigmoid().split(1, [1, (scores.shape[1] as number) - 1]);
  return others.sub(own).add(margin).relu();
}

/** Every row `times` times, one after another: [b, ...] → [b·times, ...]. */
export function repeatRows(x: Tensor, times: number): Tensor {
  const [batch, ...rest] = x.shape;
  return x
    .unsqueeze(1)
    .expand([batch, times, ...rest])
    .reshape([-1, ...rest]);
}

/** Rows of several candidates beside each other: k tensors [b, ...] → [b·k, ...], the candidates of a row together. */
export function besideEachOther(parts: readonly Tensor[]): Tensor {
  const [, ...rest] = parts[0].shape;
  return concat(
    parts.map((x) => x.unsqueeze(1)),
    1,
  ).reshape([-1, ...rest]);
}
