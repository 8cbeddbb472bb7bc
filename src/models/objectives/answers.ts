/** Answering as classification: every answer is right to some degree, so each class is a question of its own (VQA v2). */
import type { Tensor } from '../../core/index.ts';

/** Binary cross-entropy of every logit against a score in [0, 1], [b, answers]. */
export const binaryCrossEntropy = (logits: Tensor, targets: Tensor): Tensor =>
  logits.softplus().sub(logits.mul(targets));

/** The mean over answers and examples, times the number of answers, as every published recipe has it. */
export const answerLoss = (logits: Tensor, targets: Tensor): Tensor =>
  binaryCrossEntropy(logits, targets).mean().mul(logits.width);
