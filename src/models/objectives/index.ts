/** Objectives that several families share. */
export * from './answers.ts';
export * from './transport.ts';
