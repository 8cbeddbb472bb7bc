/** Filling in masked words: the surest first, each read again with those filled before it. */
import { int64, type NDArray, UsageError } from '../core/index.ts';
import { largest } from '../generate/index.ts';
import type { Tokenizer } from '../text/index.ts';
import type { FilledText, WordGuess } from './model.ts';

/** Guesses that are kept for each masked word. */
export const usualBest = 5;

export interface Masked {
  tokenizer: Tokenizer;
  /** One text, int64 [1, t]; filled in place. */
  ids: NDArray;
  /** Guesses that are kept for each mask. */
  best: number;
  /** Logits of words at the places int64 [k] of the text as it stands, a row for each. */
  logitsAt(places: NDArray): Promise<readonly Float32Array[]>;
}

/** The text as the vocabulary writes its masks: `[MASK]` may stand for RoBERTa's `<mask>`. */
export function withMasks(text: string, { special, token }: Tokenizer): string {
  if (special.mask === undefined) throw new UsageError('fill: this model’s vocabulary has no mask');
  return text.replaceAll('[MASK]', token(special.mask) as string);
}

/** Throws UsageError where the text has no mask. */
export async function fillMasks({ tokenizer, ids, best, logitsAt }: Masked): Promise<FilledText> {
  const open = masksOf(ids, tokenizer);
  const guesses = new Map<number, WordGuess[]>();
  while (open.size > 0) {
    const places = [...open];
    const rows = await logitsAt(int64([places.length], places));
    const found = rows.map((logits) => likeliest(logits, best, tokenizer));
    const surest = found.reduce((a, guess, i) => (guess[0].probability > found[a][0].probability ? i : a), 0);
    const place = places[surest];
    guesses.set(place, found[surest]);
    ids.data[place] = BigInt(found[surest][0].id);
    open.delete(place);
  }
  const words = [...guesses].sort(([a], [b]) => a - b).map(([, found]) => found);
  return { text: tokenizer.decode(Array.from(ids.data, Number)).trim(), words };
}

/** Positions of masks in a text. */
function masksOf({ data }: NDArray, { special }: Tokenizer): Set<number> {
  const places = Array.from(data, Number).flatMap((id, at) => (id === special.mask ? [at] : []));
  if (places.length === 0) throw new UsageError('fill: the text has no mask; write [MASK] where a word is missing');
  return new Set(places);
}

function likeliest(logits: Float32Array, best: number, tokenizer: Tokenizer): WordGuess[] {
  const order = Array.from(largest(logits, Math.max(1, best)));
  const most = logits[order[0]];
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
  return order.map((id) => ({
    id,
    word: tokenizer.decode([id], { skipSpecial: false }).trim(),
    probability: Math.exp(logits[id] - most) / total,
  }));
}
