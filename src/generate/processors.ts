/**
 * Changes to the scores of the next token before one is chosen. They act on logits when the best token alone is followed
 * and on log-probabilities when beams are, in float32 and in transformers' order, so that the same tokens win.
 */
import { UsageError } from '../core/index.ts';
import type { Settings } from './options.ts';

/** A row on its way: its ids, prompt and left padding included, and the scores of its next token, changed in place. */
export interface Candidate {
  ids: readonly number[];
  /** Those of `ids` after the prompt. */
  written: readonly number[];
  scores: Float32Array;
}

/** Changes the scores of the rows that continue prompt `row`: its beams, or one row alone. */
export type Processor = (candidates: readonly Candidate[], row: number) => void;

const never = Number.NEGATIVE_INFINITY;

const each =
  (change: (candidate: Candidate) => void): Processor =>
  (candidates) =>
    candidates.forEach(change);

/** The changes that the settings ask for, in the order in which they act. */
export function processorsOf(settings: Settings): Processor[] {
  const { repetitionPenalty, noRepeatNgram, badWords, minLength, eos, allowed, processors } = settings;
  const list: Processor[] = [];
  if (repetitionPenalty !== 1) list.push(penaliseRepetition(repetitionPenalty));
  if (noRepeatNgram > 0) list.push(banRepeatedRuns(noRepeatNgram));
  if (badWords.length > 0) list.push(banWords(badWords, eos));
  if (minLength > 0 && eos.length > 0) list.push(banEnding(minLength, eos));
  if (allowed) list.push(allowOnly(allowed));
  return [...list, ...processors];
}

/** Every token of the row: positive scores are divided by the penalty, negative ones multiplied. */
export function penaliseRepetition(penalty: number): Processor {
  const factor = Math.fround(penalty);
  return each(({ ids, scores }) => {
    for (const id of new Set(ids))
      if (id < scores.length) scores[id] = scores[id] < 0 ? scores[id] * factor : scores[id] / factor;
  });
}

/** Tokens that would complete a run of `size` tokens which the row holds already. */
export function banRepeatedRuns(size: number): Processor {
  return each(({ ids, scores }) => {
    const open = ids.length - size + 1;
    for (let start = 0; start < open; start++) {
      let same = 0;
      while (same < size - 1 && ids[start + same] === ids[open + same]) same++;
      const token = ids[start + size - 1];
      if (same === size - 1 && token < scores.length) scores[token] = never;
    }
  });
}

/** Tokens that would complete one of the words. An end token alone is no word: lengths govern it. */
export function banWords(words: readonly (readonly number[])[], eos: readonly number[]): Processor {
  const banned = words.filter((word) => !(word.length === 1 && eos.includes(word[0])));
  return each(({ ids, scores }) => {
    for (const word of banned) {
      const start = ids.length - word.length + 1;
      const token = word[word.length - 1];
      if (!(token < scores.length))
        throw new UsageError(`badWords: [${word.join(', ')}] is not a run of ids under ${scores.length}`);
      if (start >= 0 && word.slice(0, -1).every((id, i) => ids[start + i] === id)) scores[token] = never;
    }
  });
}

/** End tokens, while the row is shorter than `length`. */
export function banEnding(length: number, eos: readonly number[]): Processor {
  return each(({ ids, scores }) => {
    if (ids.length < length) for (const id of eos) scores[id] = never;
  });
}

/**
 * Everything but the allowed tokens. Where an earlier rule forbids all that is allowed, for every row of a prompt, what is
 * allowed wins.
 */
export function allowOnly(allowed: NonNullable<Settings['allowed']>): Processor {
  return (candidates, row) => {
    const masks: (readonly number[] | undefined)[] = [];
    let reachable = false;
    for (const { ids, written, scores } of candidates) {
      const tokens = allowed(row, ids, written);
      masks.push(tokens && [...tokens]);
      reachable ||= masks.at(-1)?.some((token) => scores[token] > never) ?? true;
    }
    candidates.forEach(({ scores }, i) => {
      const tokens = masks[i];
      if (!tokens) return;
      const kept = reachable ? tokens.map((token) => scores[token]) : tokens.map(() => 0);
      scores.fill(never);
      tokens.forEach((token, j) => {
        scores[token] = kept[j];
      });
    });
  };
}
