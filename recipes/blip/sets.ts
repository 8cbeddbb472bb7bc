/** Noisy pairs whose noise is known: pictures of single things, a share of whose captions has been shuffled. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Concept,
  type EmojiSet,
  evaluationSet,
  heldOutMaker,
  type Maker,
  type Sample,
  trainingSource,
} from '../../src/data/index.ts';
import { Random } from '../../src/data/random.ts';
import { encodePng, type Pixels, pixels } from '../../src/image/index.ts';

/** Pixels a side. */
export const side = 64;

/** A picture with a text about it, and every text that would be right. */
export interface Pair {
  id: string;
  picture: Pixels;
  text: string;
  right: readonly string[];
}

export const isRight = ({ text, right }: Pick<Pair, 'text' | 'right'>): boolean => right.includes(text);

/** Whose drawings are found on the "web", and whose were captioned by "people". Another maker's are left for validation. */
const webMakers: readonly Maker[] = ['fluent', 'emojione', 'fxemoji', 'openclipart'];
const cleanMakers: readonly Maker[] = ['google'];

/** Things to eat and plants, of which every maker of emoji has a drawing. */
export function chosenConcepts(set: EmojiSet): Set<string> {
  const makersOf = new Map<Concept, Set<Maker>>();
  for (const { concept, maker } of set.sprites) {
    const of = set.concepts[concept];
    makersOf.set(of, (makersOf.get(of) ?? new Set()).add(maker));
  }
  const wanted: Maker[] = ['google', 'fluent', 'emojione', 'fxemoji', 'twitter'];
  const chosen = set.concepts.filter(
    (one) =>
      one.core &&
      one.side === 'train' &&
      ['food', 'plant'].includes(one.superclass) &&
      wanted.every((maker) => makersOf.get(one)?.has(maker)),
  );
  return new Set(chosen.map(({ id }) => id));
}

export interface SetOptions {
  concepts: ReadonlySet<string>;
  count: number;
  seed: number;
}

/** Pairs as they are drawn, one picture in five in another style. */
function drawn(set: EmojiSet, makers: readonly Maker[], { concepts, count, seed }: SetOptions): Pair[] {
  const keep = ({ id }: Concept) => concepts.has(id);
  const [styled, clean] = [true, false].map((augment) =>
    trainingSource(set, { side, seed, makers, keep, augment, mix: { single: 1 } }),
  );
  return Array.from({ length: count }, (_, i) => pairOf(String(i).padStart(5, '0'), (i % 5 ? clean : styled)(i)));
}

const pairOf = (id: string, { pixels: data, caption, captions }: Sample): Pair => ({
  id,
  picture: pixels(side, side, data),
  text: caption,
  right: captions,
});

/** Pairs of one maker, all right. */
export const cleanPairs = (set: EmojiSet, options: SetOptions): Pair[] => drawn(set, cleanMakers, options);

/** Pairs with right texts, and the same with a share of the texts handed around at random. */
export function webPairs(set: EmojiSet, { share, ...options }: SetOptions & { share: number }) {
  const truth = drawn(set, webMakers, options);
  // A stream of its own, apart from those that draw pictures.
  const random = new Random(options.seed, 17);
  const moved = random.sample([...truth.keys()], Math.round(share * truth.length));
  const noisy = [...truth];
  for (const [k, i] of moved.entries()) noisy[i] = { ...truth[i], text: truth[moved[(k + 1) % moved.length]].text };
  return { truth, noisy };
}

/** The held-out maker's drawings of the same things, on clean ground. */
export function validationPairs(set: EmojiSet, concepts: ReadonlySet<string>): Pair[] {
  const { size, sample } = evaluationSet(set, 'val-seen', side);
  return Array.from({ length: size }, (_, i) => sample(i))
    .filter(({ objects }) => concepts.has(objects[0].concept))
    .map((one, i) => pairOf(`val-${i}`, one));
}

/** More pictures of those drawings: placed, turned and sized anew, so that a rate of right captions has smaller steps. */
export function placedPairs(set: EmojiSet, { concepts, count, seed }: SetOptions): Pair[] {
  const keep = ({ id }: Concept) => concepts.has(id);
  const makers = [heldOutMaker];
  const sample = trainingSource(set, { side, seed, makers, keep, augment: false, mix: { single: 1 } });
  return Array.from({ length: count }, (_, i) => pairOf(`placed-${i}`, sample(i)));
}

/** A folder of PNG files with a table of texts, as any set of captioned pictures comes. */
export async function writePairs(pairs: readonly Pair[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const rows = ['file_name\ttext'];
  for (const { id, picture, text } of pairs) {
    writeFileSync(join(folder, `${id}.png`), await encodePng(picture));
    rows.push(`${id}.png\t${text}`);
  }
  writeFileSync(join(folder, 'captions.tsv'), `${rows.join('\n')}\n`);
}
