/**
 * What BLIP is fine-tuned for beside captions (arXiv 2201.12086, section 5): retrieval, answering, judging two pictures.
 *
 * b pictures, a answers, n picture tokens, t text tokens, d text width.
 */
import { concat, countOf, crossEntropy, type Key, type Params, type Tensor } from '../../core/index.ts';
import { attention, bertBlocks, bertEmbeddings, linear, paddingBias, type Sublayer } from '../../nn/index.ts';
import type { BlipConfig } from './config.ts';
import { type Blip, blip, first, startWith } from './model.ts';
import {
  type ContrastBatch,
  contrastStep,
  drawn,
  matching,
  negativeWeights,
  nextTokens,
  originalSmoothing,
  type StepOptions,
  type TextBatch,
} from './pretrain.ts';

/**
 * Retrieval: contrast and matching, where several texts may belong to one picture. All texts of a picture are right, and
 * none is a negative of it; negatives are drawn by what the encoders find similar now.
 */
export function retrieving(
  p: Params,
  config: BlipConfig,
  batch: ContrastBatch & { pictureIds: Tensor },
  options: StepOptions,
) {
  const model = blip(p, config);
  const { online, tau, compare, moves } = contrastStep(p, model, config, batch, options);
  const itc = compare(tau);
  const same = batch.pictureIds.unsqueeze(1).equal(batch.pictureIds.unsqueeze(0));
  const scores = online.pictures.matmul(online.texts, { transposeB: true }).div(tau);
  const weights = {
    pictures: negativeWeights(scores.transpose([1, 0]), same),
    texts: negativeWeights(scores, same),
  };
  const negatives = options.negatives ?? drawn(weights, options.key);
  const itm = matching(model, config, { ...batch, seen: online.seen }, negatives, options.key?.fold('match'));
  return { loss: itc.loss.add(itm.loss), itc, itm, online, weights, moves };
}

export interface AnswerBatch {
  /** int64 [b, t] */
  question: TextBatch;
  /** int64 [a, t]: all answers of all questions */
  answer: TextBatch;
  /** Which question each answer is of, int64 [a]. */
  of: Tensor;
  /** Which share of the annotators gave it, float32 [a]. */
  weight: Tensor;
}

/** A question read about a picture, `seen` [b, n, …] → its states [b, t, d], which answers are about. */
export const readQuestion = (
  model: Blip,
  config: BlipConfig,
  { ids, mask }: TextBatch,
  seen: Tensor,
  key?: Key,
): Tensor => model.read(startWith(ids, config.ground), { mask, cross: model.about(seen, { key }), key });

/**
 * Answering: every answer that was given, weighted by how many gave it. → the loss, a question's mean, and before that
 * the summed losses of each answer's tokens, [a].
 */
export function answering(
  model: Blip,
  config: BlipConfig,
  { question, answer, of, weight, seen }: AnswerBatch & { seen: Tensor },
  { smoothing = originalSmoothing, key }: { smoothing?: number; key?: Key } = {},
) {
  const states = readQuestion(model, config, question, seen, key?.fold('question'));
  const drops = key?.fold('answer');
  const cross = model.about(states.gather(of), { mask: question.mask.gather(of), key: drops });
  const ids = startWith(answer.ids, config.bos);
  const logits = model.head(model.write(ids, { mask: answer.mask, cross, key: drops }));
  const losses = answerLosses(logits, ids, answer.mask, smoothing);
  const loss = losses
    .mul(weight)
    .sum()
    .div(countOf([seen.size(0)]));
  return { loss, losses, logits, states };
}

/** Summed losses of the tokens after the first, [a]: how unlikely each answer is. */
export function answerLosses(logits: Tensor, ids: Tensor, mask: Tensor, smoothing: number): Tensor {
  const labels = mask.equal(1).where(ids, -100);
  return nextTokens(logits, labels, { smoothing, reduction: 'none' })
    .reshape([ids.size(0), -1])
    .sum(1);
}

/** From this layer on, what two pictures say is merged by a learned layer; below, averaged. */
const firstMerging = 6;

/** Attention to two pictures at once, each with its own projections. Parameters 0, 1 and, where it merges, `merge`. */
const aboutPair =
  (pictures: readonly [Tensor, Tensor], heads: number, merges: boolean): Sublayer =>
  (p, x) => {
    const [a, b] = pictures.map((context, i) => attention(p.at(i), x, { heads, context }));
    return merges ? linear(p.at('merge'), concat([a, b], -1), x.width) : a.add(b).mul(0.5);
  };

/**
 * Two pictures and a statement about them (NLVR2): ids int64 [b, t], each picture seen [b, n, …] → hidden states
 * [b, t, d] and logits [b, 2] of "false" and "true".
 */
export function judgePair(
  p: Params,
  config: BlipConfig,
  { ids, mask }: TextBatch,
  pictures: readonly [Tensor, Tensor],
): { hidden: Tensor; logits: Tensor } {
  const scope = p.at('encoder');
  const words = bertEmbeddings(scope, startWith(ids, config.ground), config.text);
  const hidden = bertBlocks(scope, words, config.text, {
    bias: paddingBias(mask),
    cross: (layer) => aboutPair(pictures, config.text.heads, layer >= firstMerging),
  });
  const inner = linear(p.at('classifier', 'up'), first(hidden), config.text.width).relu();
  return { hidden, logits: linear(p.at('classifier', 'down'), inner, 2) };
}

/** labels int64 [b], 1 where the statement is true. */
export const judging = (logits: Tensor, labels: Tensor): Tensor => crossEntropy(logits, labels);
