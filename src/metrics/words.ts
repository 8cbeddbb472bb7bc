/** Two plain scores for short captions: the very same words, and how many words are shared. */
import { type Corpus, metric, type Scores, scoreEach } from './corpus.ts';
import { countRuns } from './ngrams.ts';

export function exactMatchScores(corpus: Corpus): Scores {
  return scoreEach(corpus, (candidate, references) => {
    const text = candidate.join(' ');
    return references.some((reference) => reference.join(' ') === text) ? 1 : 0;
  });
}

export const wordF1Scores = (corpus: Corpus): Scores =>
  scoreEach(corpus, (candidate, references) => Math.max(...references.map((reference) => f1(candidate, reference))));

/** 1 where the candidate has the same tokens in the same order as one of its references, else 0. */
export const exactMatch = metric(exactMatchScores);

/** F1 of the two multisets of tokens, against the reference that agrees best. Word order does not count. */
export const wordF1 = metric(wordF1Scores);

function f1(candidate: readonly string[], reference: readonly string[]): number {
  if (candidate.length + reference.length === 0) return 1;
  const [wanted] = countRuns(reference, 1);
  const [words] = countRuns(candidate, 1);
  let shared = 0;
  for (const [word, count] of words) shared += Math.min(count, wanted.get(word) ?? 0);
  return (2 * shared) / (candidate.length + reference.length);
}
