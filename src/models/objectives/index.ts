/** Objectives that several families share. */
export * from './answers.ts';
export * from './masking.ts';
export * from './pairs.ts';
export * from './picture-text.ts';
export * from './transport.ts';
export * from './words.ts';
