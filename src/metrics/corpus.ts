/** What every caption metric takes and gives: one candidate a picture, one or more references, one score a picture. */
import { ptbTokens } from './ptb.ts';

export interface Scores {
  /** The score of the whole set, which is not always the mean of `each` (BLEU and METEOR add up counts first). */
  score: number;
  /** The score of each candidate, in order. */
  each: number[];
}

/**
 * A caption metric: `references[i]` are the captions a person would accept for `candidates[i]`. Plain text goes in; it is
 * tokenised as the COCO evaluation does (lower case, Penn Treebank tokens, punctuation dropped).
 * Throws RangeError when the two lists differ in length, are empty, or a candidate has no reference.
 */
export type CaptionMetric = (candidates: readonly string[], references: readonly (readonly string[])[]) => Scores;

/** Captions as tokens. */
export interface Corpus {
  candidates: string[][];
  references: string[][][];
}

export function tokenizeCorpus(candidates: readonly string[], references: readonly (readonly string[])[]): Corpus {
  if (candidates.length !== references.length)
    throw new RangeError(`${candidates.length} candidates but ${references.length} lists of references; give one each`);
  if (candidates.length === 0) throw new RangeError('no candidates; a score needs at least one');
  const bare = references.findIndex((list) => list.length === 0);
  if (bare >= 0) throw new RangeError(`candidate ${bare} ("${candidates[bare]}") has no reference; give at least one`);
  return { candidates: candidates.map(ptbTokens), references: references.map((list) => list.map(ptbTokens)) };
}

/** A metric on plain text out of one on tokens. */
export const metric =
  (score: (corpus: Corpus) => Scores): CaptionMetric =>
  (candidates, references) =>
    score(tokenizeCorpus(candidates, references));

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Scores each picture alone; the score of the set is the mean. */
export function scoreEach(corpus: Corpus, one: (candidate: string[], references: string[][]) => number): Scores {
  const each = corpus.candidates.map((candidate, i) => one(candidate, corpus.references[i]));
  return { score: mean(each), each };
}
