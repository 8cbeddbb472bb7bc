/** Checkpoints: opening and checking them, binding their tensors to our parameter paths, and writing them. */
export { type Checkpoint, type TensorEntry, under } from './checkpoint.ts';
export { type NameRule, type NameRules, publishedName, publishedNames, type RuleOptions } from './name-rules.ts';
export { bindWeights, publishTensors } from './names.ts';
export { openCheckpoint } from './open.ts';
export { type WriteOptions, writeSafetensors } from './write.ts';
