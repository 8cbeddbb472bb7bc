/**
 * Sightread: vision-and-language models in TypeScript.
 *
 *     import { load } from 'sightread';
 *     await using model = await load();
 *     const [{ text }] = await model.caption(['cat.jpg']);
 *
 * What lies under it is reached by sub-path: `sightread/core` (symbolic tensors, gradients, ONNX), `sightread/runtime`,
 * `sightread/checkpoint`, `sightread/image`, `sightread/text`, `sightread/nn`, `sightread/generate`, `sightread/models/*`,
 * `sightread/data`, `sightread/train`, `sightread/metrics`.
 */
export {
  CheckpointError,
  DownloadError,
  InputError,
  ShapeError,
  SightreadError,
  UsageError,
} from './core/errors.ts';
export type { GenerateOptions } from './generate/index.ts';
export type { ImageSource, Pixels } from './image/index.ts';
export { defaultModel, knownModels, type LoadOptions, load } from './models/load.ts';
export type {
  Caption,
  CaptionOptions,
  ClassifyOptions,
  Found,
  LoadedModel,
  MatchProbability,
  RankedAnswer,
  RankOptions,
  Retrieved,
  RetrieveOptions,
  Similarity,
  Task,
  TaskOptions,
} from './models/model.ts';
