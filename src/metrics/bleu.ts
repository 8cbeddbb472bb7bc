/**
 * BLEU (Papineni et al., 2002) as the COCO evaluation computes it: counts clipped by the largest count of any reference,
 * the length of the closest reference, and small constants that keep empty counts from giving zero divisions.
 */
import { type CaptionMetric, type Corpus, metric, type Scores } from './corpus.ts';
import { countRuns } from './ngrams.ts';

const longest = 4;
// bleu_scorer.py: a run count of nothing over nothing is 1e-15 / 1e-9, not an error.
const tiny = 1e-15;
const small = 1e-9;

interface Counts {
  /** Runs of the candidate that a reference holds, by run length. */
  right: number[];
  /** Runs of the candidate, by run length. */
  guessed: number[];
  length: number;
  referenceLength: number;
}

/** BLEU-1 to BLEU-4, in this order. */
export function bleuScores({ candidates, references }: Corpus): Scores[] {
  const counts = candidates.map((candidate, i) => countsOf(candidate, references[i]));
  const each = counts.map(bleuOf);
  const total = bleuOf(counts.reduce(add));
  return total.map((score, k) => ({ score, each: each.map((row) => row[k]) }));
}

const order = (k: number): CaptionMetric => metric((corpus) => bleuScores(corpus)[k - 1]);

export const bleu1 = order(1);
export const bleu2 = order(2);
export const bleu3 = order(3);
export const bleu4 = order(4);

function countsOf(candidate: readonly string[], references: readonly string[][]): Counts {
  const allowed = references.map((reference) => countRuns(reference, longest));
  const right = countRuns(candidate, longest).map((runs, k) => {
    let sum = 0;
    for (const [run, count] of runs) sum += Math.min(count, Math.max(...allowed.map((each) => each[k].get(run) ?? 0)));
    return sum;
  });
  const length = candidate.length;
  return {
    right,
    guessed: right.map((_, k) => Math.max(0, length - k)),
    length,
    referenceLength: closest(
      references.map((reference) => reference.length),
      length,
    ),
  };
}

/** The length nearest to the candidate's; of two equally near the shorter. */
const closest = (lengths: readonly number[], length: number): number =>
  lengths.reduce((best, other) => {
    const [near, far] = [Math.abs(other - length), Math.abs(best - length)];
    return near < far || (near === far && other < best) ? other : best;
  });

const add = (a: Counts, b: Counts): Counts => ({
  right: a.right.map((count, k) => count + b.right[k]),
  guessed: a.guessed.map((count, k) => count + b.guessed[k]),
  length: a.length + b.length,
  referenceLength: a.referenceLength + b.referenceLength,
});

function bleuOf({ right, guessed, length, referenceLength }: Counts): number[] {
  const ratio = (length + tiny) / (referenceLength + small);
  const penalty = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
  let product = 1;
  return right.map((count, k) => {
    product *= (count + tiny) / (guessed[k] + small);
    return product ** (1 / (k + 1)) * penalty;
  });
}
