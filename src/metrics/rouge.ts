/** ROUGE-L (Lin, 2004): the longest common subsequence of tokens, best precision and best recall over the references. */
import { type Corpus, metric, type Scores, scoreEach } from './corpus.ts';

// The COCO evaluation's weight of recall over precision.
const beta = 1.2;

export function rougeLScores(corpus: Corpus): Scores {
  return scoreEach(corpus, (candidate, references) => {
    const words = orOneEmpty(candidate);
    const lengths = references.map(orOneEmpty).map((reference) => ({
      common: commonLength(words, reference),
      length: reference.length,
    }));
    const precision = Math.max(...lengths.map(({ common }) => common / words.length));
    const recall = Math.max(...lengths.map(({ common, length }) => common / length));
    if (precision === 0 || recall === 0) return 0;
    return ((1 + beta ** 2) * precision * recall) / (recall + beta ** 2 * precision);
  });
}

export const rougeL = metric(rougeLScores);

/** The reference implementation splits an empty caption into one empty token, which two empty captions share. */
const orOneEmpty = (tokens: string[]): string[] => (tokens.length ? tokens : ['']);

function commonLength(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const token of a) {
    const next = [0];
    for (let j = 1; j <= b.length; j++) next[j] = token === b[j - 1] ? row[j - 1] + 1 : Math.max(row[j], next[j - 1]);
    row = next;
  }
  return row[b.length];
}
