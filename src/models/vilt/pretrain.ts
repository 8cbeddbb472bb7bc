/**
 * ViLT's objectives: masked words; and matching, with the alignment of words and patches (section 3.2 of the paper).
 * Each makes a pass of its own over the same batch: masked text with the true picture (`maskedWords`, shared with METER),
 * whole text with a picture that may be swapped.
 */
import type { Key, Tensor } from '../../core/index.ts';
import {
  type Alignment,
  align,
  alignmentLoss,
  innerWords,
  matching,
  type PairBatch,
  withoutClass,
} from '../objectives/index.ts';
import type { Picture, Vilt } from './model.ts';

/** Weight of the alignment beside the other losses. */
export const alignmentWeight = 0.1;

export interface AlignedMatching {
  loss: Tensor;
  /** Already weighted. */
  alignmentLoss: Tensor;
  /** [b, 2] */
  logits: Tensor;
  alignment: Alignment;
}

/**
 * Matching and alignment: labels int64 [b], 1 where the picture is the text's own. The start and end tokens and the
 * picture's class token take no part in the transport.
 */
export function matchAndAlign(model: Vilt, batch: PairBatch<Picture>, labels: Tensor, key?: Key): AlignedMatching {
  const { text, picture, textMask, pictureMask, loss, logits } = matching(model, batch, labels, key);
  const alignment = align(text, picture, innerWords(textMask), withoutClass(pictureMask));
  return { loss, alignmentLoss: alignmentLoss(alignment.distance, labels).mul(alignmentWeight), logits, alignment };
}
