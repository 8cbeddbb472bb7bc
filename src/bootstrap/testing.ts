/** For tests: models that answer from a picture's first bytes, and sets of any length that are drawn as they are read. */
import type { Pair, PairFault } from '../data/index.ts';
import { encodePng, type ImageSource, type Pixels, pixels } from '../image/index.ts';
import type { LoadedModel } from '../models/model.ts';

const words = ['red', 'green', 'blue', 'grey'];

/** A picture of one colour out of four. */
const flat = (kind: number, side: number): Pixels =>
  pixels(side, side, new Uint8Array(side * side * 3).fill(kind * 60));
const kindOf = (image: ImageSource): number => Math.round((image as Pixels).data[0] / 60);

const unused = { family: 'test', tasks: ['caption', 'match'] as const, release: async () => {} };

/** Captions a picture by its colour; one of three, chosen by the seed, wrongly, unless it is `sure`. */
export const namingModel = (onBatch: (pictures: number) => void = () => {}, { sure = false } = {}): LoadedModel => ({
  ...unused,
  id: 'naming',
  async caption(images, { seed = 0, signal } = {}) {
    onBatch(images.length);
    signal?.throwIfAborted();
    return images.map((image, i) => {
      const wrong = !sure && (seed + i) % 3 === 0 ? 1 : 0;
      return { text: `a ${words[(kindOf(image) + wrong) % 4]} square`, score: -1, tokens: 4 };
    });
  },
  [Symbol.asyncDispose]: unused.release,
});

/** Matches a text that says the picture's colour with 0.9, another with 0.2. */
export const seeingModel = (): LoadedModel => ({
  ...unused,
  id: 'seeing',
  match: async (image, texts) => texts.map((text) => (text.includes(words[kindOf(image)]) ? 0.9 : 0.2)),
  [Symbol.asyncDispose]: unused.release,
});

/** The words of row `i` of a test set: every fourth says another colour. */
export const webText = (i: number): string => `${words[(i + (i % 4 === 3 ? 1 : 0)) % 4]} thing ${i}`;

export interface RowOptions {
  count: number;
  /** Rows that give no pair, and pictures that cannot be read, by their place. */
  badRows?: readonly number[];
  badPictures?: readonly number[];
  side?: number;
  /** Sees every row as it is asked for. */
  onRow?: (place: number) => void;
}

/** Pairs whose pictures are bytes made on the spot, as those of an archive are. */
export async function* testRows({ count, badRows = [], badPictures = [], side = 8, onRow }: RowOptions) {
  const encoded = await Promise.all(words.map((_, kind) => encodePng(flat(kind, side))));
  for (let i = 0; i < count; i++) {
    onRow?.(i);
    const bytes = badPictures.includes(i) ? new Uint8Array(9) : Uint8Array.from(encoded[i % 4]);
    const row: Pair | PairFault = badRows.includes(i)
      ? { id: `row ${i}`, fault: 'no text' }
      : { id: `${i}`, text: webText(i), source: i < 20 ? 'a.tar' : 'b.tar', picture: { bytes } };
    yield row;
  }
}
