/**
 * ViLT's objectives: masked words; and matching, with the alignment of words and patches (section 3.2 of the paper).
 * Each makes a pass of its own over the same batch: masked text with the true picture, whole text with a picture that
 * may be swapped.
 */
import type { Key, Tensor } from '../../core/index.ts';
import {
  type Alignment,
  align,
  alignmentLoss,
  innerWords,
  matchingLoss,
  withoutClass,
  wordLoss,
} from '../objectives/index.ts';
import type { Encoded, Vilt } from './model.ts';

export interface ViltBatch {
  /** int64 [b, t], padded on the right */
  ids: Tensor;
  /** int64 [b, t] */
  mask: Tensor;
  /** float32 [b, 3, h·p, w·p], padded on the right and below */
  pixels: Tensor;
  /** int64 [b, h, w]: the patches of each picture */
  patches?: Tensor;
  /** int64 [b, k], from `keepPatches` */
  kept?: Tensor;
}

/** Weight of the alignment beside the other losses. */
export const alignmentWeight = 0.1;

/** A batch through the model; in training with dropout from `key`. */
export function encodeBatch(model: Vilt, { ids, mask, pixels, patches, kept }: ViltBatch, key?: Key) {
  const text = model.read(ids, { mask, key });
  const picture = model.see(pixels, { mask: patches, kept, key });
  return { text, picture, encoded: model.encode(text, picture, key) };
}

/** Masked words: `ids` have masks in them, labels int64 [b, t] the words that were there and -100 elsewhere. */
export function maskedWords(
  model: Vilt,
  batch: ViltBatch,
  labels: Tensor,
  key?: Key,
): { loss: Tensor; logits: Tensor } {
  const logits = model.fill(encodeBatch(model, batch, key).encoded.text);
  return { loss: wordLoss(logits, labels), logits };
}

export interface Matching {
  loss: Tensor;
  /** Already weighted. */
  alignmentLoss: Tensor;
  /** [b, 2] */
  logits: Tensor;
  alignment: Alignment;
}

/** Matching and alignment: labels int64 [b], 1 where the picture is the text's own. */
export function matching(model: Vilt, batch: ViltBatch, labels: Tensor, key?: Key): Matching {
  const { text, picture, encoded } = encodeBatch(model, batch, key);
  const alignment = alignWords(encoded, text.mask, picture.mask);
  const logits = model.match(encoded.pooled);
  return {
    loss: matchingLoss(logits, labels),
    alignmentLoss: alignmentLoss(alignment.distance, labels).mul(alignmentWeight),
    logits,
    alignment,
  };
}

/** The transport of words to patches; the start and end tokens and the picture's class token take no part. */
export const alignWords = (encoded: Encoded, textMask: Tensor, pictureMask: Tensor): Alignment =>
  align(encoded.text, encoded.picture, innerWords(textMask), withoutClass(pictureMask));
