/**
 * What an evaluation of search has worked out, from which one that was stopped goes on. The lines with vectors are those that
 * `embed --out` writes, and `eval retrieval` reads.
 */
import { createHash } from 'node:crypto';
import { type Entry, type Ledger, openLedger, type Settings } from './ledger.ts';

export interface SearchLedger {
  /** Entries of pictures by their id, each with its vector. */
  readonly pictures: Ledger;
  /** The vector of a text, if it is known. */
  vectorOf(text: string): Float32Array | undefined;
  addTexts(texts: readonly string[], vectors: readonly Float32Array[]): Promise<void>;
  /** What was found when texts were read about a picture, by their places among `texts`, which must be the same ones. */
  aboutPicture(id: string, texts: TextList): ReadonlyMap<number, number>;
  addAboutPicture(id: string, texts: TextList, scores: ReadonlyMap<number, number>): Promise<void>;
}

/** All texts of a set, and a short name that other texts would not have. */
export interface TextList {
  readonly texts: readonly string[];
  readonly digest: string;
}

export const textList = (texts: readonly string[]): TextList => ({
  texts,
  digest: createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16),
});

export async function openSearchLedger(path: string | undefined, settings: Settings): Promise<SearchLedger> {
  const { done, add } = await openLedger(path, keyOf, settings, (entry) => 'vector' in entry || 'about' in entry);
  const pictures = new Map<string, Entry>();
  for (const entry of done.values()) if ('image' in entry) pictures.set(String(entry.image), entry);
  return {
    pictures: { done: pictures, add },
    vectorOf(text) {
      const known = done.get(keyOf({ text }));
      return known && Float32Array.from(known.vector as number[]);
    },
    addTexts: (texts, vectors) => add(texts.map((text, i) => ({ text, vector: exactly(vectors[i]) }))),
    aboutPicture(id, { digest }) {
      const known = done.get(keyOf({ about: id, digest }));
      return new Map(known ? zip(known.texts as number[], known.scores as number[]) : []);
    },
    addAboutPicture: (about, { digest }, scores) =>
      add([{ about, digest, texts: [...scores.keys()], scores: exactly([...scores.values()]) }]),
  };
}

const keyOf = ({ image, text, about, digest }: Entry): string => JSON.stringify([image, text, about, digest]);

/** Nine digits hold a float32. */
export const exactly = (values: Iterable<number>): number[] =>
  Array.from(values, (value) => Number(value.toPrecision(9)));

const zip = (places: readonly number[], scores: readonly number[]): [number, number][] =>
  places.map((place, i) => [place, scores[i]]);
