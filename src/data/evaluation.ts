/** The fixed evaluation sets: the same pictures for everybody, from seeds that training never uses. */
import { colourSample, countSample, listSample, relationSample, shapeSample, singleSample } from './compose.ts';
import type { Side } from './concepts.ts';
import { Random, textKey } from './random.ts';
import type { Sample } from './sample.ts';
import type { EmojiSet, Maker } from './set.ts';
import { paletteOf, type SampleSource } from './source.ts';

export interface EvaluationSet {
  name: EvaluationName;
  size: number;
  sample: SampleSource;
}

export const evaluationNames = [
  'val-seen',
  'val-unseen',
  'test-unseen',
  'scenes',
  'test-seen-drawings',
  'test-seen-photos',
] as const;
export type EvaluationName = (typeof evaluationNames)[number];

/** The maker whose drawings are kept for evaluation. */
export const heldOutMaker: Maker = 'twitter';

/** Which single pictures each set shows. */
const singles: Record<Exclude<EvaluationName, 'scenes'>, { makers: Maker[]; sides: Side[]; photo?: boolean }> = {
  'val-seen': { makers: [heldOutMaker], sides: ['train'] },
  'val-unseen': { makers: ['twitter', 'google', 'fluent', 'emojione', 'fxemoji'], sides: ['val-unseen'] },
  'test-unseen': { makers: ['twitter', 'google', 'fluent', 'emojione', 'fxemoji'], sides: ['test-unseen'] },
  'test-seen-drawings': { makers: ['stamps'], sides: ['train'], photo: false },
  'test-seen-photos': { makers: ['stamps'], sides: ['train'], photo: true },
};

/** Scenes: 200 counts, 200 relations, 140 colours, 60 lists, of the held-out maker's drawings and of plain shapes. */
const sceneKinds = { count: 200, relation: 200, colour: 120, shape: 20, list: 60 } as const;
const scenes = Object.values(sceneKinds).reduce((sum, count) => sum + count, 0);

/**
 * One evaluation set. Pictures are clean: white and light grounds, no change of style. Sets of test pictures that are
 * not installed have size 0.
 */
export function evaluationSet(set: EmojiSet, name: EvaluationName, side = 112): EvaluationSet {
  const seed = textKey(`evaluation:${name}`);
  const clean = { augment: false };
  if (name === 'scenes') {
    const palette = paletteOf(set, { makers: [heldOutMaker], sides: ['train'] });
    const draw = { count: countSample, relation: relationSample, colour: colourSample, list: listSample };
    const sample = (index: number): Sample => {
      const kind = sceneKindAt(index);
      const random = new Random(seed, index);
      return kind === 'shape' ? shapeSample(random, side, clean) : draw[kind](palette, random, side, clean);
    };
    return { name, size: scenes, sample };
  }
  const { makers, sides, photo } = singles[name];
  const palette = paletteOf(set, { makers, sides });
  const ids = palette.concepts.flat().filter((id) => photo === undefined || set.sprites[id].photo === photo);
  return {
    name,
    size: ids.length,
    sample: (index) => singleSample(palette, [ids[index]], new Random(seed, index), side, clean),
  };
}

function sceneKindAt(index: number): keyof typeof sceneKinds {
  let left = index;
  for (const [kind, count] of Object.entries(sceneKinds))
    if ((left -= count) < 0) return kind as keyof typeof sceneKinds;
  throw new RangeError(`the scenes set has ${scenes} pictures; ${index} is past its end`);
}
