/** Writing text with any model that gives scores of the next token. */
export type { TextDecoder } from './decoder.ts';
export { type Generated, generate } from './generate.ts';
export { gnmtSearch } from './gnmt.ts';
export type { GenerateOptions, SearchOptions } from './options.ts';
export type { Candidate, Processor } from './processors.ts';
export type { Prompts } from './prompts.ts';
export { largest } from './select.ts';
export { Trie } from './trie.ts';
