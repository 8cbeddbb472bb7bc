/**
 * GIT's one objective: language modelling over the text alone (arXiv 2205.14100, equation 1).
 *
 * Position t predicts token t + 1, from the start token to the end token; no picture position ever counts. A question or
 * any other prefix is read but not predicted: its labels are -100.
 */
import { type CrossEntropyOptions, crossEntropy, type Key, type Tensor } from '../../core/index.ts';
import type { Git } from './model.ts';

export interface GitBatch {
  /** float32 [b, 3, h, w] or [b, f, 3, h, w] */
  pixels: Tensor;
  /** int64 [b, t], from the start token to the end token, padded on the right */
  ids: Tensor;
  /** int64 [b, t]: the ids, with -100 where a token is not to be predicted */
  labels: Tensor;
  /** int64 [b, t]; needed only where padding is not already hidden by the causal mask */
  mask?: Tensor;
}

/** The released models' training: a divergence from targets smoothed by 0.1 over the wrong tokens. */
export const originalLoss: CrossEntropyOptions = { smoothing: 0.1, spread: 'others', divergence: true };

/** The mean loss over predicted tokens; `loss` as in Hugging Face's class unless `originalLoss` is given. */
export const languageModelling = (
  model: Git,
  { pixels, ...text }: GitBatch,
  key?: Key,
  options?: CrossEntropyOptions,
): Tensor => textLoss(model, model.encode(pixels), text, key, options);

/** The same, given picture tokens [b, n, d]: for objectives that share the encoder's work. */
export function textLoss(
  model: Git,
  picture: Tensor,
  { ids, labels, mask }: Omit<GitBatch, 'pixels'>,
  key?: Key,
  options: CrossEntropyOptions = {},
): Tensor {
  const hidden = model.decode(picture, ids, { mask, key });
  // The output at text position t is scored against token t + 1: labels move once, here and nowhere else.
  const predicting = hidden.slice(1, picture.size(1), -1);
  const logits = model.head(predicting.reshape([-1, hidden.width]));
  return crossEntropy(logits, labels.slice(1, 1).reshape([-1]), options);
}
