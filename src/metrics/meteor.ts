/**
 * METEOR 1.5 (Denkowski and Lavie, 2014) with its English parameters and two of its four matchers: the same word and
 * the same stem. The synonym matcher (WordNet) and the paraphrase matcher (a 60 MB table) are not implemented, so
 * scores are those of the Java program run with `-m "exact stem"`, a little below the full METEOR that papers report:
 * 0.407 against 0.424 on the captions of test/goldens/metrics.
 */
import { type Corpus, metric, type Scores } from './corpus.ts';
import { type Alignment, align } from './meteor-align.ts';
import { isFunctionWord, meteorWords } from './meteor-words.ts';

// Tuned by the authors on English adequacy judgements (their table 2).
const alpha = 0.85;
const beta = 0.2;
const gamma = 0.6;
const delta = 0.75;
const weights = { exact: 1, stem: 0.6 };

/** Sums over words of one side; content words count delta, function words 1 - delta. */
interface Side {
  words: number;
  weighted: number;
  matchedWeighted: number;
}

interface Counts {
  candidate: Side;
  reference: Side;
  matches: number;
  chunks: number;
}

export function meteorScores({ candidates, references }: Corpus): Scores {
  const best = candidates.map((candidate, i) => {
    const words = meteorWords(candidate);
    return references[i]
      .map((reference) => countsOf(words, meteorWords(reference)))
      .reduce((a, b) => (scoreOf(b) > scoreOf(a) ? b : a));
  });
  // A caption equal to its reference is one chunk, which is no fragmentation and so adds none to the set.
  const total = best.map((counts) => (isWhole(counts) ? { ...counts, chunks: 0 } : counts)).reduce(add);
  return { score: scoreOf(total), each: best.map(scoreOf) };
}

/** METEOR with exact and stem matching, against the best reference of each candidate. */
export const meteor = metric(meteorScores);

function countsOf(candidate: readonly string[], reference: readonly string[]): Counts {
  const alignment = align(candidate, reference);
  const matched = alignment.flatMap((match, at) => (match ? [{ at, ...match }] : []));
  const side = (words: readonly string[], position: (match: (typeof matched)[number]) => number): Side => ({
    words: words.length,
    weighted: sum(words.map(weightOf)),
    matchedWeighted: sum(matched.map((match) => weights[match.kind] * weightOf(words[position(match)]))),
  });
  return {
    candidate: side(candidate, (match) => match.from),
    reference: side(reference, (match) => match.at),
    matches: matched.length,
    chunks: chunksOf(alignment),
  };
}

const weightOf = (word: string): number => (isFunctionWord(word) ? 1 - delta : delta);

/** Runs of matches that are neighbours in both texts. */
const chunksOf = (alignment: Alignment): number =>
  alignment.filter((match, at) => match && alignment[at - 1]?.from !== match.from - 1).length;

function scoreOf(counts: Counts): number {
  const { candidate, reference, matches, chunks } = counts;
  if (matches === 0) return 0;
  const precision = candidate.matchedWeighted / candidate.weighted;
  const recall = reference.matchedWeighted / reference.weighted;
  const mean = 1 / ((1 - alpha) / precision + alpha / recall);
  const fragmentation = isWhole(counts) ? 0 : chunks / matches;
  return Math.max(0, mean * (1 - gamma * fragmentation ** beta));
}

const isWhole = ({ candidate, reference, matches, chunks }: Counts): boolean =>
  chunks === 1 && matches === candidate.words && matches === reference.words;

const add = (a: Counts, b: Counts): Counts => ({
  candidate: addSides(a.candidate, b.candidate),
  reference: addSides(a.reference, b.reference),
  matches: a.matches + b.matches,
  chunks: a.chunks + b.chunks,
});

const addSides = (a: Side, b: Side): Side => ({
  words: a.words + b.words,
  weighted: a.weighted + b.weighted,
  matchedWeighted: a.matchedWeighted + b.matchedWeighted,
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
