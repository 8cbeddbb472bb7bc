/** Filling in masked words. */
import { type CrossEntropyOptions, crossEntropy, type Tensor } from '../../core/index.ts';

/** logits [b, t, vocabulary], labels int64 [b, t] with -100 where nothing is to be predicted → the mean of the rest. */
export const wordLoss = (logits: Tensor, labels: Tensor, options?: CrossEntropyOptions): Tensor =>
  crossEntropy(logits.reshape([-1, logits.width]), labels.reshape([-1]), options);
