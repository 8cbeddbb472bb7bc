/**
 * UNITER's five objectives (section 3.2 of the paper). One is drawn for every step; words are masked while all regions
 * are seen, and regions while all words are read. k counts what is masked in the whole batch.
 */
import { crossEntropy, type Key, type Tensor } from '../../core/index.ts';
import { type Alignment, align, alignmentLoss } from '../objectives/index.ts';
import type { Encoded, Regions, Sequence, Uniter } from './model.ts';

export interface UniterBatch extends Regions, Sequence {
  /** int64 [b, t] */
  ids: Tensor;
}

/** A batch through the model; in training with dropout from `key`. */
export function encodeBatch(model: Uniter, batch: UniterBatch, key?: Key): Encoded {
  const tokens = model.pack(model.read(batch.ids, { key }), model.see(batch, key), batch.order);
  return model.encode(tokens, batch.mask, key);
}

/** What every objective gives: unreduced losses, and what its head made of the encoded batch. */
export interface Scored {
  losses: Tensor;
  logits: Tensor;
  encoded: Encoded;
}

/** The batch encoded, and the tokens at flat positions int64 [k] of [b · m], [k, d]. */
function tokensAt(model: Uniter, batch: UniterBatch, at: Tensor, key?: Key): { encoded: Encoded; masked: Tensor } {
  const encoded = encodeBatch(model, batch, key);
  return { encoded, masked: encoded.tokens.reshape([-1, encoded.tokens.width]).gather(at) };
}

/** Masked language modelling: `at` int64 [k] are the masked places of the sequences, `words` int64 [k] what was there. */
export function maskedWords(
  model: Uniter,
  batch: UniterBatch,
  { at, words }: { at: Tensor; words: Tensor },
  key?: Key,
): Scored {
  const { encoded, masked } = tokensAt(model, batch, at, key);
  const logits = model.fill(masked);
  return { losses: crossEntropy(logits, words, { reduction: 'none' }), logits, encoded };
}

/** Masked region feature regression: squared errors [k, f] of the features float32 [k, f] that were taken away. */
export function maskedFeatures(
  model: Uniter,
  batch: UniterBatch,
  { at, features }: { at: Tensor; features: Tensor },
  key?: Key,
): Scored {
  const { encoded, masked } = tokensAt(model, batch, at, key);
  const logits = model.regress(masked);
  const difference = logits.sub(features);
  return { losses: difference.mul(difference), logits, encoded };
}

interface RegionLabels {
  at: Tensor;
  /** The detector's probabilities, float32 [k, classes]; class 0 is the background. */
  labels: Tensor;
}

/** Masked region classification: the detector's best class that is not the background. → losses [k] */
export function maskedClasses(model: Uniter, batch: UniterBatch, { at, labels }: RegionLabels, key?: Key): Scored {
  const { encoded, masked } = tokensAt(model, batch, at, key);
  const logits = model.classifyRegions(masked);
  const best = labels.slice(1, 1).argmax(1).add(1);
  return { losses: crossEntropy(logits, best, { reduction: 'none' }), logits, encoded };
}

/** The same against all the detector's probabilities: the terms of a divergence, [k, classes]. */
export function maskedDistributions(
  model: Uniter,
  batch: UniterBatch,
  { at, labels }: RegionLabels,
  key?: Key,
): Scored {
  const { encoded, masked } = tokensAt(model, batch, at, key);
  const logits = model.classifyRegions(masked);
  const likely = labels.greater(0);
  const surprise = likely.where(labels, 1).log().sub(logits.logSoftmax());
  return { losses: likely.where(labels.mul(surprise), 0), logits, encoded };
}

/** Weight of the alignment beside the matching loss. */
export const alignmentWeight = 0.1;

/** Image-text matching: labels int64 [b], 1 where the picture is the text's own. → losses [b], logits [b, 2] */
export function matching(model: Uniter, batch: UniterBatch, labels: Tensor, key?: Key): Scored {
  const encoded = encodeBatch(model, batch, key);
  const logits = model.match(encoded.pooled);
  return { losses: crossEntropy(logits, labels, { reduction: 'none' }), logits, encoded };
}

export interface Parts {
  /** int64 [b, t] and [b, n] */
  textMask: Tensor;
  regionMask: Tensor;
  /** Where words and regions went, int64 [b, t + n], from `pack`; default: they stand where they came. */
  places?: Tensor;
}

/** Encoded words [b, t, d] and regions [b, n, d] apart; zero where there are none. */
export function partsOf(
  { tokens }: Encoded,
  { textMask, regionMask, places }: Parts,
): { text: Tensor; regions: Tensor } {
  const index = places?.unsqueeze(2).expand([...places.shape, tokens.width]);
  const both = index ? tokens.takeAlong(index, 1) : tokens;
  const [text, regions] = both.split(1, [textMask.size(1), regionMask.size(1)]);
  const shown = (x: Tensor, mask: Tensor) => x.mul(mask.cast('float32').unsqueeze(2));
  return { text: shown(text, textMask), regions: shown(regions, regionMask) };
}

/** Word-region alignment of a batch that `matching` has encoded; the first and last tokens take part. */
export function alignment(
  encoded: Encoded,
  parts: Parts,
  labels: Tensor,
): Alignment & { loss: Tensor; text: Tensor; regions: Tensor } {
  const { text, regions } = partsOf(encoded, parts);
  const aligned = align(text, regions, parts.textMask, parts.regionMask);
  return { ...aligned, text, regions, loss: alignmentLoss(aligned.distance, labels) };
}
