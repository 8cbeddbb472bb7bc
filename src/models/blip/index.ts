/** BLIP: the model, its objectives, its compiled programs and its files. */
export { type BlipConfig, blipConfig } from './config.ts';
export * from './finetune.ts';
export { type Blip, type BlipOptions, blip, type ReadOptions, startWith, type WriteOptions } from './model.ts';
export { Following, type Moves, nobody, type Queue, startMomentum } from './momentum.ts';
export * from './pretrain.ts';
export { fromPretrained } from './pretrained.ts';
export * from './programs.ts';
export { type BlipParts, blipParameters } from './tasks.ts';
export { blipNames, originalBlipNames } from './weights.ts';
