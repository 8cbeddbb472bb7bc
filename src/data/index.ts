/**
 * Pictures with captions: the emoji-5 set, scenes made from it, and readers for real formats.
 *
 *     await buildEmojiSet({ out: 'build/emoji-5' });
 *     const source = trainingSource(await openEmojiSet('build/emoji-5'), { side: 112, seed: 1 });
 *     const { pixels, caption } = source(0); // RGB bytes, "a fire engine"
 */

export { mostFrequentCaption, type Pictured, pixelFeatures, pixelNeighbour, randomCaptions } from './baselines.ts';
export { type BuildOptions, buildEmojiSet } from './build.ts';
export { cardTables, type MakerTerms, makerTerms, type SetCard, setCard } from './card.ts';
export {
  type CaptionBatch,
  captionBatch,
  clipNormalisation,
  IGNORED,
  type Normalisation,
  paddedRows,
  pixelBatch,
} from './collate.ts';
export { type ColourName, colourNames } from './colours.ts';
export type { Concept, Domain, Side } from './concepts.ts';
export {
  type EvaluationName,
  type EvaluationSet,
  evaluationNames,
  evaluationSet,
  heldOutMaker,
} from './evaluation.ts';
export type { Box } from './layer.ts';
export { Loader, type LoaderOptions } from './loader.ts';
export { openEmojiSet, unpackSet } from './open.ts';
export { type AskedSample, type Question, type QuestionKind, questionSet, questions } from './questions.ts';
export { type CocoOptions, readCoco } from './readers/coco.ts';
export type { ColumnOptions } from './readers/columns.ts';
export { type FolderOptions, readFolder } from './readers/folder.ts';
export { type KarpathyOptions, readKarpathy } from './readers/karpathy.ts';
export { type CaptionOptions, readCaptions } from './readers/open.ts';
export { type Bookmark, openPairs, type Pair, type PairFault, type Pairs } from './readers/pairs.ts';
export { type ParquetOptions, readParquet } from './readers/parquet.ts';
export { type AskedImage, type QuestionOptions, readAnswers, readQuestions } from './readers/questions.ts';
export type { BadRow, CaptionedImage, CaptionReader, Reader, ReadReport } from './readers/report.ts';
export { readTable, type TableOptions } from './readers/tables.ts';
export { readWebDataset, type WebDatasetOptions } from './readers/webdataset.ts';
export { type CocoFile, cocoCaptions, cocoInstances, type Region, regions } from './regions.ts';
export { replaceFile } from './replace-file.ts';
export type { Kind, Sample, SceneObject } from './sample.ts';
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
