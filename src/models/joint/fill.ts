/** Filling in masked words about a picture: the surest first, each read again with those filled before it. */
import { int64, type NDArray, UsageError } from '../../core/index.ts';
import type { ImageSource } from '../../image/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import type { FilledText, FillOptions, WordGuess } from '../model.ts';
import { aboutFirst, type OpenedJoint } from './opened.ts';

/** Guesses that are kept for each masked word. */
const usualBest = 5;

export const fills =
  (opened: OpenedJoint) =>
  async (image: ImageSource, text: string, { best = usualBest, signal }: FillOptions = {}): Promise<FilledText> => {
    const tokenizer = await opened.tokenizer();
    const [seen, { ids, mask }] = await Promise.all([opened.see([image], signal), opened.read([text])]);
    const open = masksOf(ids, tokenizer);
    const guesses = new Map<number, WordGuess[]>();
    while (open.size > 0) {
      const places = [...open];
      const feeds = { ...seen, ids, mask, of: aboutFirst(1), at: int64([places.length], places) };
      const rows = await opened.run('fill', feeds, signal);
      const found = rows.map((logits) => likeliest(logits, best, tokenizer));
      const surest = found.reduce((a, guess, i) => (guess[0].probability > found[a][0].probability ? i : a), 0);
      const place = places[surest];
      guesses.set(place, found[surest]);
      ids.data[place] = BigInt(found[surest][0].id);
      open.delete(place);
    }
    const words = [...guesses].sort(([a], [b]) => a - b).map(([, found]) => found);
    return { text: tokenizer.decode(Array.from(ids.data, Number)), words };
  };

/** Positions of masks in a text. */
function masksOf(ids: NDArray, { special }: Tokenizer): Set<number> {
  const { mask } = special;
  if (mask === undefined) throw new UsageError('fill: this model’s vocabulary has no mask');
  const places = Array.from(ids.data, Number).flatMap((id, at) => (id === mask ? [at] : []));
  if (places.length === 0) throw new UsageError('fill: the text has no mask; write [MASK] where a word is missing');
  return new Set(places);
}

function likeliest(logits: Float32Array, best: number, tokenizer: Tokenizer): WordGuess[] {
  const most = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
  const order = [...logits.keys()].sort((a, b) => logits[b] - logits[a]).slice(0, best);
  return order.map((id) => ({
    id,
    word: tokenizer.decode([id], { skipSpecial: false }).trim(),
    probability: Math.exp(logits[id] - most) / total,
  }));
}
