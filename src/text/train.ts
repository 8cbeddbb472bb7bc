/**
 * A WordPiece vocabulary for a small closed world such as the default captioner's: every frequent word is one token, so
 * that a caption of eight words is eight predictions, and rarer words are spelled by pieces of them.
 */
import { UsageError } from '../core/errors.ts';
import type { TokenizerJson } from './json.ts';
import { openLibrary } from './library.ts';
import { bertSpecialTokens, wordPieceJson } from './wordpiece.ts';

export interface TrainOptions {
  /** The most tokens of the vocabulary, special tokens and single characters included. */
  size: number;
  /** Lower-case and strip accents before counting, as the tokenizer then does with every text (default true). */
  lowercase?: boolean;
}

// Any word in these letters can be spelled even if the training texts never showed the letter.
const alphabet = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
const punctuation = [...'!"&\'(),-.:;?'];
const capitals = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/**
 * Learns the vocabulary of texts and returns the structure of `tokenizer.json`: the five special tokens ([PAD] is 0),
 * single characters at the start of and inside words, whole words by frequency, and then, only if some words did not
 * fit, the most frequent joins of characters in those. The same texts in any order give the same vocabulary.
 */
export function trainWordPiece(texts: Iterable<string>, { size, lowercase = true }: TrainOptions): TokenizerJson {
  const words = countWords(texts, lowercase);
  const characters = new Set([...alphabet, ...(lowercase ? [] : capitals)]);
  const marks = new Set(punctuation);
  for (const [word] of words)
    if (isMark(word)) marks.add(word);
    else for (const character of word) characters.add(character);
  const spelling = [...characters].sort().flatMap((character) => [character, `##${character}`]);
  const fixed = [...bertSpecialTokens, ...[...marks].sort(), ...spelling];
  if (fixed.length > size)
    throw new UsageError(
      `size ${size} is below the ${fixed.length} special tokens and characters of these texts; raise it`,
    );
  const pieces = new Set<string>(fixed);
  const free = size - fixed.length;
  const wanted = words.filter(([word]) => !pieces.has(word));
  // A tenth of the room goes to pieces of words that do not fit, so that these are not spelled letter by letter.
  const kept = wanted.length <= free ? wanted.length : Math.floor(free * 0.9);
  for (const [word] of wanted.slice(0, kept)) pieces.add(word);
  for (const piece of joins(wanted.slice(kept), size - pieces.size, pieces)) pieces.add(piece);
  return wordPieceJson([...pieces], { lowercase });
}

/** Punctuation is always a word by itself, so it needs no piece for the inside of words. */
const isMark = (word: string): boolean => /^[\p{P}\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]$/u.test(word);

/** Words with their counts, the most frequent first and equally frequent ones in code unit order. */
function countWords(texts: Iterable<string>, lowercase: boolean): [string, number][] {
  const { normalizer, pre_tokenizer: split } = openLibrary(wordPieceJson(bertSpecialTokens, { lowercase }));
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of split!(normalizer!(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

/** The most frequent joins of neighbouring pieces in the words, found one after another (byte-pair style), at most `room`. */
function joins(words: readonly [string, number][], room: number, taken: ReadonlySet<string>): string[] {
  const spelled = words.map(([word, count]) => ({
    parts: [...word].map((character, i) => (i === 0 ? character : `##${character}`)),
    count,
  }));
  const found = new Set<string>();
  while (found.size < room) {
    const best = mostFrequentPair(spelled);
    if (!best) break;
    const joined = best.left + best.right.slice(2);
    if (!taken.has(joined)) found.add(joined);
    for (const word of spelled) word.parts = mergePair(word.parts, best.left, best.right, joined);
  }
  return [...found];
}

function mostFrequentPair(words: readonly { parts: string[]; count: number }[]) {
  const counts = new Map<string, { left: string; right: string; count: number }>();
  for (const { parts, count } of words)
    for (let i = 1; i < parts.length; i++) {
      const key = `${parts[i - 1]} ${parts[i]}`;
      const pair = counts.get(key) ?? { left: parts[i - 1], right: parts[i], count: 0 };
      pair.count += count;
      counts.set(key, pair);
    }
  let best: { key: string; left: string; right: string; count: number } | undefined;
  for (const [key, pair] of counts)
    if (!best || pair.count > best.count || (pair.count === best.count && key < best.key)) best = { key, ...pair };
  return best;
}

function mergePair(parts: string[], left: string, right: string, joined: string): string[] {
  const merged: string[] = [];
  for (const part of parts)
    if (part === right && merged.at(-1) === left) merged[merged.length - 1] = joined;
    else merged.push(part);
  return merged;
}
