/** What the fine-tuning recipes show and ask: scenes of a few things and of plain shapes, with everything true of them. */
import {
  type AskedSample,
  type EmojiSet,
  heldOutMaker,
  type Mix,
  questionSet,
  type Sample,
  trainingMakers,
  trainingSource,
} from '../../src/data/index.ts';
import { type Pixels, pixels } from '../../src/image/index.ts';
import { chosenConcepts, type Pair } from './sets.ts';

/** Few enough that a small model gets to know each of them in minutes. */
const phrases = [
  'a rose',
  'a sunflower',
  'an evergreen tree',
  'a mushroom',
  'a slice of watermelon',
  'a banana',
  'a pineapple',
  'a red apple',
  'a strawberry',
  'an eggplant',
  'a hamburger',
  'a slice of pizza',
  'an ice cream cone',
  'a donut',
  'a glass of wine',
  'a cup of coffee',
];

const mix: Partial<Mix> = { single: 25, shape: 15, colour: 15, count: 20, relation: 25 };

export interface Scenes {
  train: readonly Sample[];
  test: readonly Sample[];
}

/** Pictures to learn from, one in five in another style, and others by a maker whose drawings are in none of them. */
export function drawnScenes(
  set: EmojiSet,
  { side, train, test }: { side: number; train: number; test: number },
): Scenes {
  const known = chosenConcepts(set);
  const keep = ({ id, phrase }: { id: string; phrase: string }) => known.has(id) && phrases.includes(phrase);
  const source = (makers: typeof trainingMakers, seed: number, augment: boolean) =>
    trainingSource(set, { side, seed, mix, makers, keep, augment });
  const [styled, clean, heldOut] = [
    source(trainingMakers, 21, true),
    source(trainingMakers, 21, false),
    source([heldOutMaker], 22, false),
  ];
  return {
    train: Array.from({ length: train }, (_, i) => (i % 5 ? clean : styled)(i)),
    test: Array.from({ length: test }, (_, i) => heldOut(i)),
  };
}

export const pictureOf = ({ side, pixels: data }: Sample): Pixels => pixels(side, side, data);

export const pairOf = (sample: Sample, i: number): Pair => ({
  id: String(i),
  picture: pictureOf(sample),
  text: sample.caption,
  right: sample.captions,
});

export interface Asked extends AskedSample {
  picture: Pixels;
}

/** Questions about these pictures, kinds and answers in balance; a picture may be asked about more than once. */
export function askedAbout(samples: readonly Sample[], count: number, seed: number): Asked[] {
  // As often as they are shown: if rare things were asked for in vain, a no could be told from the question alone.
  const names = samples.flatMap(({ objects }) => [...new Set(objects.map(({ name }) => name))]);
  const at = (index: number) => samples[index % samples.length];
  return questionSet(at, count, names, seed).map((asked) => ({
    ...asked,
    picture: pictureOf(at(asked.index)),
  }));
}

/** What every task will read and write, for a tokenizer that knows these words. */
export const wordsFor = (samples: readonly Sample[]): string[] => [
  ...samples.flatMap(({ captions }) => captions),
  ...askedAbout(samples, samples.length, 31).flatMap(({ question, answer }) => [question, answer]),
];
