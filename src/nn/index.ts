/** Layers as functions of a parameter scope, and the towers that families share. */
export { type AttentionOptions, attention } from './attention.ts';
export * from './bert.ts';
export * from './blocks.ts';
export * from './cache.ts';
export * from './clip-text.ts';
export * from './cross.ts';
export * from './heads.ts';
export * from './layers.ts';
export * from './masks.ts';
export * from './opt.ts';
export * from './resnet.ts';
export * from './roberta.ts';
export * from './swin.ts';
export * from './vit.ts';
