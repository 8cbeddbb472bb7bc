/**
 * Pictures with captions: the emoji-5 set, scenes made from it, and readers for real formats.
 *
 *     await buildEmojiSet({ out: 'build/emoji-5' });
 *     const source = trainingSource(await openEmojiSet('build/emoji-5'), { side: 112, seed: 1 });
 *     const { pixels, caption } = source(0); // RGB bytes, "a fire engine"
 */
export { type BuildOptions, buildEmojiSet } from './build.ts';
export type { Box } from './canvas.ts';
export { type ColourName, colourNames } from './colours.ts';
export type { Kind, Sample, SceneObject } from './compose.ts';
export type { Concept, Domain, Side } from './concepts.ts';
export {
  type EvaluationName,
  type EvaluationSet,
  evaluationNames,
  evaluationSet,
  heldOutMaker,
} from './evaluation.ts';
export { openEmojiSet, unpackSet } from './open.ts';
export { EmojiSet, type Maker, type PackedSet, type SpriteRecord } from './set.ts';
export {
  type Mix,
  type SampleSource,
  type TrainingOptions,
  trainingMakers,
  trainingMix,
  trainingSource,
} from './source.ts';
export { captionVocabulary } from './vocabulary.ts';
