/**
 * CIDEr (Vedantam et al., 2015): how alike a caption and its references are in runs of 1 to 4 tokens, each run weighted
 * by how rare it is over the pictures of the set. Scores run from 0 to 10 and depend on the set they are computed over.
 *
 * Two forms exist. The paper's plain CIDEr (equations 1 to 4) is a cosine. CIDEr-D clips repeated runs and punishes a
 * difference in length, so that it cannot be gamed; the COCO evaluation code computes CIDEr-D and prints it as "CIDEr",
 * as do the papers. Neither stems words here, as neither does in that code.
 */
import { type Corpus, mean, metric, type Scores } from './corpus.ts';
import { countRuns } from './ngrams.ts';

const longest = 4;
const sigma = 6;

/** Weighted runs of one caption by run length, the norm of each, and its length in runs of two tokens. */
interface Vector {
  weights: Map<string, number>[];
  norms: number[];
  length: number;
}

type Similarity = (candidate: Vector, reference: Vector) => number;

/** CIDEr-D: the number published as "CIDEr". */
export const ciderDScores = (corpus: Corpus): Scores => compare(corpus, clipped);

/** The paper's CIDEr without clipping and without the length penalty. */
export const ciderPlainScores = (corpus: Corpus): Scores => compare(corpus, cosine);

/** "CIDEr" as the COCO evaluation code prints it and papers report it: the CIDEr-D formula. */
export const cider = metric(ciderDScores);

/** CIDEr-D by its own name: equal to `cider`. */
export const ciderD = cider;

export const ciderPlain = metric(ciderPlainScores);

function compare({ candidates, references }: Corpus, similarity: Similarity): Scores {
  const rarity = rarities(references);
  const each = candidates.map((candidate, i) => {
    const vector = vectorOf(candidate, rarity);
    return 10 * mean(references[i].map((reference) => similarity(vector, vectorOf(reference, rarity))));
  });
  return { score: mean(each), each };
}

/** log(pictures / pictures whose references hold the run); a run that none holds counts as held by one. */
function rarities(references: readonly string[][][]): (run: string) => number {
  const holders = new Map<string, number>();
  for (const list of references) {
    const held = new Set(
      list.flatMap((reference) => countRuns(reference, longest).flatMap((runs) => [...runs.keys()])),
    );
    for (const run of held) holders.set(run, (holders.get(run) ?? 0) + 1);
  }
  const pictures = Math.log(references.length);
  return (run) => pictures - Math.log(Math.max(1, holders.get(run) ?? 0));
}

function vectorOf(tokens: readonly string[], rarity: (run: string) => number): Vector {
  const weights = countRuns(tokens, longest).map(
    (runs) => new Map([...runs].map(([run, count]) => [run, count * rarity(run)])),
  );
  const norms = weights.map((runs) => Math.sqrt([...runs.values()].reduce((sum, weight) => sum + weight ** 2, 0)));
  // cider_scorer.py measures length in runs of two, not in tokens.
  return { weights, norms, length: Math.max(0, tokens.length - 1) };
}

function clipped(candidate: Vector, reference: Vector): number {
  const penalty = Math.exp(-((candidate.length - reference.length) ** 2) / (2 * sigma ** 2));
  return penalty * overlap(candidate, reference, Math.min);
}

const cosine: Similarity = (candidate, reference) => overlap(candidate, reference, (weight) => weight);

/** The mean over run lengths of the product of weights, divided by the norms. */
function overlap(
  candidate: Vector,
  reference: Vector,
  limit: (candidate: number, reference: number) => number,
): number {
  const products = candidate.weights.map((runs, k) => {
    let sum = 0;
    for (const [run, weight] of runs) {
      const other = reference.weights[k].get(run) ?? 0;
      sum += limit(weight, other) * other;
    }
    const norm = candidate.norms[k] * reference.norms[k];
    return norm === 0 ? sum : sum / norm;
  });
  return mean(products);
}
