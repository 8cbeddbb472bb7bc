/** Endless training samples, as a function from a number to a sample. */
import { UsageError } from '../core/errors.ts';
import { saysColour } from './colours.ts';
import { colourSample, countSample, listSample, relationSample, shapeSample, singleSample } from './compose.ts';
import type { Concept, Side } from './concepts.ts';
import type { ComposeOptions } from './drawing.ts';
import { countable } from './phrases.ts';
import { Random } from './random.ts';
import type { Kind, Sample } from './sample.ts';
import type { EmojiSet, Maker } from './set.ts';
import type { Palette } from './things.ts';

export type Mix = Record<Kind, number>;

/** Shares of the kinds of samples in training. */
export const trainingMix: Mix = { single: 60, shape: 4, count: 11, relation: 14, list: 4, colour: 7 };

export interface PaletteOptions {
  makers: readonly Maker[];
  sides: readonly Side[];
  /** Which concepts may appear; by default the core ones. */
  keep?: (concept: Concept) => boolean;
}

/** The drawings that a source may use, grouped by concept. */
export function paletteOf(set: EmojiSet, { makers, sides, keep = ({ core }) => core }: PaletteOptions): Palette {
  const byConcept = new Map<number, number[]>();
  for (const [id, { concept, maker }] of set.sprites.entries()) {
    if (!makers.includes(maker) || !sides.includes(set.concepts[concept].side) || !keep(set.concepts[concept]))
      continue;
    byConcept.set(concept, [...(byConcept.get(concept) ?? []), id]);
  }
  const concepts = [...byConcept.values()];
  const single = concepts.filter((ids) => countable(set.conceptOf(ids[0]).phrase));
  const clear = (id: number) => {
    const { main, mainShare, name } = set.sprites[id].look;
    return main !== undefined && mainShare > 0.6 && name !== undefined;
  };
  const colourable = single
    .filter((ids) => canBePainted(set.conceptOf(ids[0])))
    .map((ids) => ids.filter(clear))
    .filter((ids) => ids.length > 0);
  return { set, concepts, countable: single, colourable };
}

/** Things that exist in several colours: no sky, place or person, and nothing whose name has a colour or a measure. */
const canBePainted = ({ phrase, subcategory, superclass }: Concept): boolean =>
  !saysColour(phrase) &&
  !/ (of|with|in|by|over|at) |'s /.test(phrase) &&
  !['place', 'nature', 'person'].includes(superclass) &&
  subcategory !== 'award-medal';

/** Twitter's drawings are never trained on: they test whether a concept is known from another hand. */
export const trainingMakers: readonly Maker[] = ['google', 'fluent', 'emojione', 'fxemoji', 'openclipart'];

export interface TrainingOptions {
  /** Pixels a side; a multiple of the model's patch. */
  side?: number;
  seed?: number;
  mix?: Partial<Mix>;
  makers?: readonly Maker[];
  sides?: readonly Side[];
  keep?: (concept: Concept) => boolean;
  /** False draws without style changes and effects. */
  augment?: boolean;
}

export type SampleSource = (index: number) => Sample;

/**
 * Training samples: sample `i` depends on the set, the options and `i` alone.
 *
 *     const source = trainingSource(await openEmojiSet(folder), { side: 112, seed: 1 });
 *     source(0).caption; // 'a fire engine'
 */
export function trainingSource(set: EmojiSet, options: TrainingOptions = {}): SampleSource {
  const { side = 112, seed = 0, makers = trainingMakers, sides = ['train'], keep, augment = true } = options;
  const mix = { ...(options.mix ? zeroMix : trainingMix), ...options.mix };
  const palette = paletteOf(set, { makers, sides, keep });
  if (palette.concepts.length === 0)
    throw new UsageError(`the set has no drawings by ${makers.join(', ')} of concepts on the side ${sides.join(', ')}`);
  return (index) => mixedSample(palette, mix, new Random(seed, index), side, { augment });
}

const zeroMix: Mix = { single: 0, shape: 0, count: 0, relation: 0, list: 0, colour: 0 };

function mixedSample(palette: Palette, mix: Mix, random: Random, side: number, options: ComposeOptions): Sample {
  const kinds: Record<Kind, () => Sample> = {
    single: () => singleSample(palette, random.pick(palette.concepts), random, side, options),
    shape: () => shapeSample(random, side, options),
    count: () => countSample(palette, random, side, options),
    relation: () => relationSample(palette, random, side, options),
    list: () => listSample(palette, random, side, options),
    colour: () => colourSample(palette, random, side, options),
  };
  return kinds[random.weighted(mix)]();
}
