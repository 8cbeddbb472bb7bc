/**
 * Objectives of models that read a text, see a picture and join both: ViLT and METER train and tune alike.
 * b pairs, t text tokens, d width of the pooled vector.
 */
import { concat, crossEntropy, type Key, type Tensor } from '../../core/index.ts';
import { answerLoss } from './answers.ts';
import { besideEachOther, matchingLoss, rankingLoss, repeatRows } from './pairs.ts';
import { wordLoss } from './words.ts';

/** Embedded tokens of one modality, [b, m, d], and which of them are real, int64 [b, m]. */
export interface Tokens {
  tokens: Tensor;
  mask: Tensor;
}

export interface Joined {
  /** [b, t, d] */
  text: Tensor;
  picture: Tensor;
  /** One vector for the pair. */
  pooled: Tensor;
}

/** A family, as far as these objectives know it; `Picture` is what it needs of a picture beside pixels. */
export interface PictureTextModel<Picture> {
  /** ids, mask int64 [b, t] */
  read(ids: Tensor, options: { mask: Tensor; key?: Key }): Tokens;
  /** `image` is 1 for the second picture of a pair. */
  see(picture: Picture, options?: { image?: number; key?: Key }): Tokens;
  encode(text: Tokens, picture: Tokens, key?: Key): Joined;
  /** Text tokens → logits of words. */
  fill(text: Tensor): Tensor;
  /** pooled → logits [b, 2]; 1 means that text and picture belong together */
  match(pooled: Tensor): Tensor;
  /** pooled → how well text and picture fit, [b, 1] */
  rank(pooled: Tensor): Tensor;
  /** pooled, of two pictures side by side where the text is about both → logits of the labels */
  classify(pooled: Tensor): Tensor;
}

export interface TextBatch {
  /** int64 [b, t], padded on the right */
  ids: Tensor;
  /** int64 [b, t] */
  mask: Tensor;
}

export interface PairBatch<Picture> extends TextBatch {
  picture: Picture;
}

export interface Scored {
  loss: Tensor;
  logits: Tensor;
}

/** A batch through the model; in training with dropout from `key`. */
export function encodePairs<Picture>(
  model: PictureTextModel<Picture>,
  { ids, mask, picture }: PairBatch<Picture>,
  key?: Key,
): Joined & { textMask: Tensor; pictureMask: Tensor } {
  const text = model.read(ids, { mask, key });
  const seen = model.see(picture, { key });
  return { ...model.encode(text, seen, key), textMask: text.mask, pictureMask: seen.mask };
}

/** Masked words: `ids` have masks in them, labels int64 [b, t] the words that were there and -100 elsewhere. */
export function maskedWords<Picture>(
  model: PictureTextModel<Picture>,
  batch: PairBatch<Picture>,
  labels: Tensor,
  key?: Key,
): Scored {
  const logits = model.fill(encodePairs(model, batch, key).text);
  return { loss: wordLoss(logits, labels), logits };
}

/** Matching: labels int64 [b], 1 where the picture is the text's own. */
export function matching<Picture>(
  model: PictureTextModel<Picture>,
  batch: PairBatch<Picture>,
  labels: Tensor,
  key?: Key,
): Scored & ReturnType<typeof encodePairs> {
  const joined = encodePairs(model, batch, key);
  const logits = model.match(joined.pooled);
  return { ...joined, loss: matchingLoss(logits, labels), logits };
}

/** Answering: targets [b, answers] say how right every answer is, 0 to 1. */
export function answering<Picture>(
  model: PictureTextModel<Picture>,
  batch: PairBatch<Picture>,
  targets: Tensor,
  key?: Key,
): Scored {
  const logits = model.classify(encodePairs(model, batch, key).pooled);
  return { loss: answerLoss(logits, targets), logits };
}

/** Visual entailment, as a choice of one: labels int64 [b]. */
export function entailment<Picture>(
  model: PictureTextModel<Picture>,
  batch: PairBatch<Picture>,
  labels: Tensor,
  key?: Key,
): Scored {
  const logits = model.classify(encodePairs(model, batch, key).pooled);
  return { loss: crossEntropy(logits, labels), logits };
}

/** A text and several pictures, seen one after another with it → logits of the labels. */
export function judge<Picture>(
  model: PictureTextModel<Picture>,
  { ids, mask }: TextBatch,
  pictures: readonly Picture[],
  key?: Key,
): Tensor {
  const text = model.read(ids, { mask, key });
  const pooled = pictures.map((picture, image) => {
    const seen = model.see(picture, { image, key: key?.fold('picture', image) });
    return model.encode(text, seen, key?.fold('pass', image)).pooled;
  });
  return model.classify(concat(pooled, 1));
}

/** NLVR2: is the text true of both pictures? labels int64 [b]. */
export function judging<Picture>(
  model: PictureTextModel<Picture>,
  text: TextBatch,
  pictures: readonly Picture[],
  labels: Tensor,
  key?: Key,
): Scored {
  const logits = judge(model, text, pictures, key);
  return { loss: crossEntropy(logits, labels), logits };
}

/** Retrieval: the true text of a picture against false ones (15 in both papers). → logits [b, 1 + k] */
export function ranking<Picture>(
  model: PictureTextModel<Picture>,
  batch: PairBatch<Picture>,
  others: readonly TextBatch[],
  key?: Key,
): Scored {
  const candidates = [batch, ...others];
  const ids = besideEachOther(candidates.map((candidate) => candidate.ids));
  const mask = besideEachOther(candidates.map((candidate) => candidate.mask));
  // The picture is seen once for all its candidates.
  const seen = model.see(batch.picture, { key });
  const each = { tokens: repeatRows(seen.tokens, candidates.length), mask: repeatRows(seen.mask, candidates.length) };
  const { pooled } = model.encode(model.read(ids, { mask, key }), each, key);
  const logits = model.rank(pooled).reshape([-1, candidates.length]);
  return { loss: rankingLoss(logits), logits };
}
