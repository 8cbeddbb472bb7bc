/** Checkpoints: opening and checking them, binding their tensors to our parameter paths, writing them, the hub. */
export { type Checkpoint, type Holder, type Reduce, readTensors, type TensorEntry, under } from './checkpoint.ts';
export { type ResolvedModel, type ResolveOptions, resolveModel } from './hub.ts';
export type { DownloadProgress } from './hub-fetch.ts';
export {
  type NameRule,
  type NameRules,
  publishedName,
  publishedNames,
  publishedPlaces,
  type RuleOptions,
} from './name-rules.ts';
export { bindWeights, publishTensors } from './names.ts';
export { openCheckpoint } from './open.ts';
export { writtenFor } from './packed.ts';
export { type ReduceOptions, type ReduceProgress, writeReduced } from './reduce.ts';
export { cachedPlace } from './reduced-cache.ts';
export { type WriteOptions, writeSafetensors, writeWhole } from './write.ts';
