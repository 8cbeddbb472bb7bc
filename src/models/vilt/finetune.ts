/** What ViLT is tuned for: answers, statements about two pictures, retrieval (section 4 of the paper). */
import { concat, crossEntropy, type Key, type Tensor } from '../../core/index.ts';
import { answerLoss, besideEachOther, rankingLoss, repeatRows } from '../objectives/index.ts';
import type { Vilt } from './model.ts';
import { encodeBatch, type ViltBatch } from './pretrain.ts';

type Scored = { loss: Tensor; logits: Tensor };

/** targets [b, answers]: how right every answer is, 0 to 1. */
export function answering(model: Vilt, batch: ViltBatch, targets: Tensor, key?: Key): Scored {
  const logits = model.classify(encodeBatch(model, batch, key).encoded.pooled);
  return { loss: answerLoss(logits, targets), logits };
}

/** NLVR2: is the text true of both pictures? `second` is the other picture; labels int64 [b]. */
export function judging(
  model: Vilt,
  batch: ViltBatch,
  second: Pick<ViltBatch, 'pixels' | 'patches' | 'kept'>,
  labels: Tensor,
  key?: Key,
): Scored {
  const text = model.read(batch.ids, { mask: batch.mask, key });
  const pooled = [batch, second].map(({ pixels, patches, kept }, image) => {
    const seen = model.see(pixels, { mask: patches, kept, image, key: key?.fold('picture', image) });
    return model.encode(text, seen, key?.fold('pass', image)).pooled;
  });
  const logits = model.classify(concat(pooled, 1));
  return { loss: crossEntropy(logits, labels), logits };
}

/** Retrieval: the true text of a picture against false ones (15 in the paper). → scores [b, 1 + k] */
export function ranking(
  model: Vilt,
  batch: ViltBatch,
  others: readonly Pick<ViltBatch, 'ids' | 'mask'>[],
  key?: Key,
): Scored {
  const candidates = [batch, ...others];
  const texts = model.read(besideEachOther(candidates.map(({ ids }) => ids)), {
    mask: besideEachOther(candidates.map(({ mask }) => mask)),
    key,
  });
  // The picture is embedded once for all its candidates.
  const { tokens, mask } = model.see(batch.pixels, { mask: batch.patches, kept: batch.kept, key });
  const each = { tokens: repeatRows(tokens, candidates.length), mask: repeatRows(mask, candidates.length) };
  const logits = model.rank(model.encode(texts, each, key).pooled).reshape([-1, candidates.length]);
  return { loss: rankingLoss(logits), logits };
}
