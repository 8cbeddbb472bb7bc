/** Text: tokenizers of every published form, batches, streamed decoding, and training of small vocabularies. */
export { type BatchOptions, batch, type TextBatch } from './batch.ts';
export { type CleaningOptions, cleanCaption, cleanQuestion } from './cleaning.ts';
export { type AddedToken, parseTokenizerJson, type Stage, type TokenizerConfig, type TokenizerJson } from './json.ts';
export { loadTokenizer } from './node.ts';
export type { Role, SpecialIds } from './special.ts';
export { type StreamDecoder, streamDecoder } from './stream.ts';
export type { Encoding } from './template.ts';
export {
  type DecodeOptions,
  type EncodeOptions,
  type Tokenizer,
  type TokenizerFiles,
  tokenizerFileNames,
  tokenizerFromFiles,
  tokenizerFromJson,
} from './tokenizer.ts';
export { type TrainOptions, trainWordPiece } from './train.ts';
export { type WordPieceOptions, wordPieceJson } from './wordpiece.ts';
