/**
 * Optimal transport between words and what a picture shows (UNITER, arXiv 1909.11740, section 3.2 and appendix): the cost
 * of moving one set of vectors onto the other, by a plan from the inexact proximal point method (IPOT, arXiv 1802.04307).
 *
 * The plan says how much of each word is moved to each region, so it is also a picture of what belongs to what.
 * b pairs, m words, n regions or patches, d width.
 */
import { range, type Tensor } from '../../core/index.ts';

/** 1 − cosine of every word and region: text [b, m, d], picture [b, n, d] → [b, m, n]. */
export function cosineCost(text: Tensor, picture: Tensor, eps = 1e-5): Tensor {
  // The bound is inside the root, whose slope at zero has no value.
  const unit = (x: Tensor) =>
    x.div(
      x
        .mul(x)
        .sum(-1, { keep: true })
        .maximum(eps * eps)
        .sqrt(),
    );
  return unit(text).matmul(unit(picture), { transposeB: true }).neg().add(1);
}

export interface TransportOptions {
  /** Strength of the proximal term. */
  beta?: number;
  iterations?: number;
}

/** What the inverse of an excluded row is divided by: large enough that its share vanishes. */
const excluded = 1e4;

/**
 * The plan [b, m, n] for a cost [b, m, n], between the words and regions whose mask (0 or 1, [b, m] and [b, n]) is 1.
 * Its rows sum to 1/m and its columns come near 1/n. It has no gradient, as in the paper's code: only the cost does.
 */
export function transportPlan(
  cost: Tensor,
  textMask: Tensor,
  pictureMask: Tensor,
  { beta = 0.5, iterations = 50 }: TransportOptions = {},
): Tensor {
  const words = textMask.cast('float32').unsqueeze(2); // [b, m, 1]
  const regions = pictureMask.cast('float32').unsqueeze(1); // [b, 1, n]
  const [wordCount, regionCount] = [words.sum(1, { keep: true }), regions.sum(2, { keep: true })];
  const [noWord, noRegion] = [words.neg().add(1).mul(excluded), regions.neg().add(1).mul(excluded)];
  const pairs = words.mul(regions);
  const kernel = cost
    .stopGradient()
    .mul(-1 / beta)
    .exp()
    .mul(pairs);
  let plan = pairs;
  let sigma = words.div(wordCount); // [b, m, 1]
  for (let i = 0; i < iterations; i++) {
    const q = kernel.mul(plan);
    const delta = inverse(regionCount.mul(q.mul(sigma).sum(1, { keep: true })).add(noRegion)); // [b, 1, n]
    sigma = inverse(wordCount.mul(q.mul(delta).sum(2, { keep: true })).add(noWord));
    plan = q.mul(delta).mul(sigma);
  }
  return plan.stopGradient();
}

const inverse = (x: Tensor) => x.pow(-1);

export interface Alignment {
  /** [b, m, n]; 0 at excluded pairs */
  cost: Tensor;
  /** [b, m, n] */
  plan: Tensor;
  /** [b] */
  distance: Tensor;
  /** The masks of what took part, [b, m] and [b, n]. */
  kept: { text: Tensor; picture: Tensor };
}

/** The transport of text [b, m, d] to picture [b, n, d], over what the masks keep. */
export function align(
  text: Tensor,
  picture: Tensor,
  textMask: Tensor,
  pictureMask: Tensor,
  options?: TransportOptions,
): Alignment {
  const pairs = textMask.cast('float32').unsqueeze(2).mul(pictureMask.cast('float32').unsqueeze(1));
  const cost = cosineCost(text, picture).mul(pairs);
  const plan = transportPlan(cost, textMask, pictureMask, options);
  const kept = { text: textMask, picture: pictureMask };
  return { cost, plan, distance: cost.mul(plan).sum([1, 2]), kept };
}

/** Distances of matched pairs should fall, those of swapped ones rise: [b], labels 1 and 0 → the batch mean of both. */
export const alignmentLoss = (distance: Tensor, labels: Tensor): Tensor =>
  distance.mul(labels.cast('float32').mul(2).sub(1)).mean();

/** mask [b, t] of a text without its first token and its last real one: the transport of ViLT leaves out both. */
export function innerWords(mask: Tensor): Tensor {
  return mask.slice(1, 2).pad(1, 1, 1);
}

/** mask [b, 1 + n] of a picture without its class token. */
export const withoutClass = (mask: Tensor): Tensor =>
  mask.mul(range(0, mask.size(1)).greater(0).cast(mask.dtype).unsqueeze(0));
