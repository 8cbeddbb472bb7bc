/**
 * BLIP's three objectives (arXiv 2201.12086, section 3.2), each a function, and all three in one step. The paper takes
 * contrast and matching from ALBEF (arXiv 2107.07651), whose equations are named here.
 *
 * b pairs, k queued features, c = b + k candidates, n picture tokens, t text tokens, d text width, e shared width.
 */
import {
  type CrossEntropyOptions,
  concat,
  crossEntropy,
  filled,
  init,
  type Key,
  type Params,
  range,
  type Size,
  type Tensor,
  UsageError,
} from '../../core/index.ts';
import type { BlipConfig } from './config.ts';
import { type Blip, blip, startWith } from './model.ts';
import { enqueue, Following, type Moves, queueAt } from './momentum.ts';

/** What a language-modelling loss spreads over the vocabulary, in all of the original's training. */
export const originalSmoothing = 0.1;

/** One vector for each picture and each text of a batch, [b, e] of length 1. */
export interface Features {
  pictures: Tensor;
  texts: Tensor;
}

export interface ContrastOptions {
  /** From the momentum encoders: soft targets, and the first b candidates. */
  slow: Features;
  /** More candidates, [k, e]. */
  queue: Features;
  /** τ, without axes. */
  temperature: Tensor;
  /** Share of the soft targets; grows from 0 to 0.4 as training begins. Without axes. */
  alpha: Tensor;
  /** Which candidates are right for each row, [b, c], rows summing to 1. Default: its own pair. */
  right?: Tensor;
}

export interface Contrast {
  loss: Tensor;
  /** Similarities over τ of every picture with every text of the batch, [b, b]; and of every text with every picture. */
  pictureToText: Tensor;
  textToPicture: Tensor;
}

/**
 * Image-text contrast: among all texts, a picture should choose its own, and the other way round. Targets mix the truth
 * with what the momentum encoders find similar, since other candidates may fit too (ALBEF, equations 1, 2 and 6).
 */
export function contrast(online: Features, options: ContrastOptions): Contrast {
  const { slow, queue, temperature, alpha, right = ownPair(online.pictures.size(0), queue.texts.size(0)) } = options;
  const direction = (from: Tensor, slowFrom: Tensor, candidates: Tensor) => {
    const compare = (x: Tensor) => x.matmul(candidates, { transposeB: true }).div(temperature);
    const soft = compare(slowFrom).softmax();
    const targets = soft
      .mul(alpha)
      .add(right.mul(alpha.neg().add(1)))
      .stopGradient();
    const scores = compare(from);
    return { scores, loss: targets.mul(scores.logSoftmax()).sum(-1).mean().neg() };
  };
  const pictures = direction(online.pictures, slow.pictures, concat([slow.texts, queue.texts], 0).stopGradient());
  const texts = direction(online.texts, slow.texts, concat([slow.pictures, queue.pictures], 0).stopGradient());
  const b = online.pictures.size(0);
  return {
    loss: pictures.loss.add(texts.loss).mul(0.5),
    pictureToText: pictures.scores.slice(1, 0, b),
    textToPicture: texts.scores.slice(1, 0, b),
  };
}

/** [b, b + k]: 1 on the diagonal. */
const ownPair = (b: Size, k: Size) => diagonal(b).cast('float32').pad(1, 0, k);

/** bool [b, b] */
export const diagonal = (b: Size): Tensor => range(0, b).unsqueeze(1).equal(range(0, b).unsqueeze(0));

/** How likely each candidate of the batch is drawn as a negative, unnormalised: the more similar, the harder, the likelier. */
export const negativeWeights = (scores: Tensor, same: Tensor, floor = 0): Tensor =>
  same.where(0, scores.softmax().add(floor)).stopGradient();

/** One index a row, drawn by weights [b, b] → int64 [b]. A candidate of weight 0 is never drawn. */
export function drawNegatives(weights: Tensor, key: Key): Tensor {
  const sums = weights.cumsum(1);
  // A hair below the sum of all, or rounding could leave a row without a choice.
  const point = key.uniform([weights.size(0), 1]).mul(sums.slice(1, -1).mul(1 - 1e-6));
  return sums.greater(point).cast('float32').argmax(1);
}

export interface TextBatch {
  /** int64 [b, t], from the start token to the end token, padded on the right */
  ids: Tensor;
  /** int64 [b, t] */
  mask: Tensor;
}

/** The drawn negatives: a picture for each text and a text for each picture, int64 [b]. */
export interface Negatives {
  pictures: Tensor;
  texts: Tensor;
}

/**
 * Image-text matching: does this text belong to this picture? Every pair, every text with a wrong picture, every picture
 * with a wrong text (ALBEF, equation 4). `seen` [b, n, …] → loss and logits [3b, 2].
 */
export function matching(
  model: Blip,
  config: BlipConfig,
  { seen, ids, mask }: TextBatch & { seen: Tensor },
  negatives: Negatives,
  key?: Key,
): { loss: Tensor; logits: Tensor } {
  const thrice = (own: Tensor, second: Tensor, third: Tensor) => concat([own, second, third], 0);
  const pictures = thrice(seen, seen.gather(negatives.pictures), seen);
  const grounded = startWith(ids, config.ground);
  const texts = thrice(grounded, grounded, grounded.gather(negatives.texts));
  const masks = thrice(mask, mask, mask.gather(negatives.texts));
  const logits = model.match(model.read(texts, { mask: masks, cross: model.about(pictures, { key }), key }));
  const b = ids.size(0);
  const labels = concat([filled([b], 1), filled([b], 0), filled([b], 0)], 0).cast('int64');
  return { loss: crossEntropy(logits, labels), logits };
}

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

export interface WritingOptions {
  /** Tokens at the start that are given, not predicted: [DEC] and a prompt. */
  prompt?: number;
  smoothing?: number;
  key?: Key;
}

/** Language modelling of captions: `seen` [b, n, …] and texts → loss and logits [b, t, vocabulary]. */
export function captioning(
  model: Blip,
  config: BlipConfig,
  { seen, ids, mask }: TextBatch & { seen: Tensor },
  { prompt = 1, smoothing = originalSmoothing, key }: WritingOptions = {},
): { loss: Tensor; logits: Tensor } {
  const written = startWith(ids, config.bos);
  const logits = model.head(model.write(written, { mask, cross: model.about(seen, { key }), key }));
  const given = range(0, ids.size(1)).less(prompt).unsqueeze(0);
  const labels = given.or(mask.equal(0)).where(-100, written);
  return { loss: nextTokens(logits, labels, { smoothing }), logits };
}

export interface ContrastBatch extends TextBatch {
  /** float32 [b, 3, h, w] */
  pixels: Tensor;
  /** Share of the soft targets, float32 without axes. */
  alpha: Tensor;
  /** Which picture each pair is of, int64 [b]; only where several texts belong to one picture. */
  pictureIds?: Tensor;
}

export interface StepOptions {
  /** Queued features. */
  queue: number;
  /** What a slow copy keeps of itself at each step. */
  keep?: number;
  /** Given, instead of drawn with `key`. */
  negatives?: Negatives;
  key?: Key;
}

/** τ moves within these; a gradient passes as if they were not there, as with the original's clamp in place. */
const [coldest, hottest] = [0.001, 0.5];
const clamped = (tau: Tensor) => tau.maximum(coldest).minimum(hottest);
export const held = (tau: Tensor) => tau.add(clamped(tau).sub(tau).stopGradient());

/**
 * Contrast with everything it keeps: slow encoders, which move first, the queue as it was before the step, τ.
 * Pictures are seen once; what the other objectives need of them is returned.
 */
export function contrastStep(
  p: Params,
  model: Blip,
  config: BlipConfig,
  { pixels, ids, mask, alpha, pictureIds }: ContrastBatch,
  { queue: size, keep = 0.995, key }: StepOptions,
) {
  const featuresOf = (tower: Blip, drops?: Key) => {
    const seen = tower.see(pixels);
    const texts = tower.embedText(tower.read(ids, { mask, key: drops }));
    return { seen, pictures: tower.embedPicture(seen), texts };
  };
  const online = featuresOf(model, key?.fold('contrast'));
  const moves: Moves = new Map();
  const slow = featuresOf(blip(new Following(p.at('momentum'), p, keep, moves), config));
  const scope = p.at('queue');
  const queue = queueAt(scope, size, config.shared, { withIds: pictureIds !== undefined });
  const temperature = p.get('temperature', [], init.constant(0.07));
  const right = pictureIds && queue.pictureIds && samePicture(pictureIds, queue.pictureIds);
  const compare = (tau: Tensor) => contrast(online, { slow, queue, temperature: tau, alpha, right });
  for (const [path, next] of enqueue(scope, queue, { ...slow, pictureIds })) moves.set(path, next);
  moves.set('temperature', clamped(temperature));
  return { online, slow, tau: held(temperature), compare, moves };
}

/** Every candidate of the same picture is right to the same share: ids [b], queued [k] → [b, b + k]. */
function samePicture(ids: Tensor, queued: Tensor): Tensor {
  const own = ids.cast('float32');
  const same = own
    .unsqueeze(1)
    .equal(concat([own, queued], 0).unsqueeze(0))
    .cast('float32');
  return same.div(same.sum(1, { keep: true }));
}

/** All three objectives of pre-training: one pass over the pictures, three over the texts. The model shares its stacks. */
export function pretraining(p: Params, config: BlipConfig, batch: ContrastBatch, options: StepOptions) {
  const model = blip(p, config, { sharing: true });
  const { online, slow, tau, compare, moves } = contrastStep(p, model, config, batch, options);
  const itc = compare(tau);
  const own = diagonal(batch.ids.size(0));
  const weights = {
    pictures: negativeWeights(itc.textToPicture, own, 1e-4),
    texts: negativeWeights(itc.pictureToText, own, 1e-4),
  };
  const about = { ...batch, seen: online.seen };
  const itm = matching(
    model,
    config,
    about,
    options.negatives ?? drawn(weights, options.key),
    options.key?.fold('match'),
  );
  const lm = captioning(model, config, about, { key: options.key?.fold('write') });
  const loss = itc.loss.add(itm.loss).add(lm.loss);
  return { loss, itc, itm, lm, online, slow, weights, compare, moves };
}

/** Draws of both kinds. */
export function drawn(weights: { pictures: Tensor; texts: Tensor }, key: Key | undefined): Negatives {
  if (!key) throw new UsageError('hard negatives are drawn: give a key, or the negatives themselves');
  return {
    pictures: drawNegatives(weights.pictures, key.fold('negative pictures')),
    texts: drawNegatives(weights.texts, key.fold('negative texts')),
  };
}
