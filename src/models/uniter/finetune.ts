/** What UNITER is tuned for (section 4 of the paper). Statements about two pictures are in pair.ts. */
import { crossEntropy, type Key, type Tensor } from '../../core/index.ts';
import { binaryCrossEntropy, marginLosses } from '../objectives/index.ts';
import type { Uniter } from './model.ts';
import { encodeBatch, type Parts, partsOf, type Scored, type UniterBatch } from './pretrain.ts';

/**
 * Visual question answering, and visual entailment with its three classes.
 * targets [b, answers]: how right every answer is, 0 to 1. The losses are [b, answers]; recipes use their mean times
 * the number of answers (`answerLoss`).
 */
export function answering(model: Uniter, batch: UniterBatch, targets: Tensor, key?: Key): Scored {
  const encoded = encodeBatch(model, batch, key);
  const logits = model.answer(encoded.pooled);
  return { losses: binaryCrossEntropy(logits, targets), logits, encoded };
}

/** Retrieval: rows come in groups of `group`, the matched pair first. → losses [b / group, group − 1], logits [b, 1] */
export function ranking(
  model: Uniter,
  batch: UniterBatch,
  { group, margin }: { group: number; margin?: number },
  key?: Key,
): Scored {
  const encoded = encodeBatch(model, batch, key);
  const logits = model.rank(encoded.pooled);
  return { losses: marginLosses(logits.reshape([-1, group]), margin), logits, encoded };
}

/** Scores of regions that are padding. */
const noRegion = -1e4;

/** Referring expressions: `target` int64 [b] is the region that the text means. → scores [b, n] */
export function locating(
  model: Uniter,
  batch: UniterBatch,
  parts: Parts,
  target: Tensor,
  key?: Key,
): { loss: Tensor; scores: Tensor } {
  const { regions } = partsOf(encodeBatch(model, batch, key), parts);
  const scores = parts.regionMask.equal(1).where(model.locate(regions), noRegion);
  return { loss: crossEntropy(scores, target), scores };
}

/** VCR: one row for every candidate answer; labels int64 [b], 1 for the right one. */
export function choosing(
  model: Uniter,
  batch: UniterBatch,
  labels: Tensor,
  key?: Key,
): { loss: Tensor; logits: Tensor } {
  const logits = model.choose(encodeBatch(model, batch, key).pooled);
  return { loss: crossEntropy(logits, labels), logits };
}
