/** BLIP's three objectives (arXiv 2201.12086, section 3.2), one function each. */
import { type CrossEntropyOptions, crossEntropy, type Tensor } from '../../core/index.ts';

/**
 * Language modelling: position t predicts token t + 1. Labels are the ids, with -100 where nothing is to be predicted;
 * they move once, here and nowhere else.
 *
 * logits [b, t, vocabulary], labels int64 [b, t] → the mean over predicted tokens, or [b · (t − 1)] unreduced.
 */
export function nextTokens(logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const predicting = logits.slice(1, 0, -1);
  return crossEntropy(predicting.reshape([-1, logits.width]), labels.slice(1, 1).reshape([-1]), options);
}
