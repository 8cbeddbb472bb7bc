/** Pictures for the report, drawn fairly from a stream of unknown length. */
import { saltOf, uniformNumber } from '../core/index.ts';
import { thumbnail } from '../image/index.ts';
import { judgedSources } from './candidates.ts';
import type { Judged, JudgedPicture } from './judge.ts';

export interface Sample {
  /** The draw that decides who stays: the smallest do. */
  draw: number;
  place: number;
  id: string;
  /** A data URL. */
  picture: string;
  texts: { source: string; text: string; score?: number; kept: boolean }[];
}

/** Samples by what they show, such as 'web text dropped'. */
export type Samples = Record<string, Sample[]>;

const [perShelf, side, mostTexts] = [12, 160, 6];

/** The shelves of the report, in its order. */
export const shelves = [
  ...judgedSources.flatMap((source) =>
    [false, true].map((kept) => ({
      name: `${source} ${source === 'web' ? 'text' : 'caption'} ${kept ? 'kept' : 'dropped'}`,
      holds: ({ candidates }: JudgedPicture) =>
        candidates.some((one) => one.source === source && one.kept === kept && one.score !== undefined),
    })),
  ),
  {
    name: 'human text kept',
    holds: ({ candidates }: JudgedPicture) => candidates.some(({ source, kept }) => source === 'human' && kept),
  },
];

/**
 * Offers a picture to the shelves. What stays does not depend on the order of the offers, and an offer that is made again
 * changes nothing, as happens when a run goes on after a kill.
 */
export async function offer(samples: Samples, judged: Judged, seed: number): Promise<boolean> {
  if (!('candidates' in judged) || !judged.pixels) return false;
  const { place, pixels, pairs, candidates } = judged;
  const draw = uniformNumber(seed, saltOf('sample of the report'), place);
  const places = shelves.filter(({ name, holds }) => holds(judged) && enters((samples[name] ??= []), draw, place));
  if (places.length === 0) return false;
  const shown = candidates.filter(({ kept }, i) => kept || i < mostTexts || i === candidates.length - 1);
  const texts = shown.map(({ source, text, score, kept }) => ({ source, text, score, kept }));
  const sample = { draw, place, id: pairs[0].id, picture: await thumbnail(pixels, side), texts };
  for (const { name } of places) {
    samples[name].push(sample);
    samples[name].sort((a, b) => a.draw - b.draw);
    samples[name].length = Math.min(perShelf, samples[name].length);
  }
  return true;
}

const enters = (shelf: readonly Sample[], draw: number, place: number): boolean =>
  shelf.every((sample) => sample.place !== place) && (shelf.length < perShelf || draw < shelf[shelf.length - 1].draw);
