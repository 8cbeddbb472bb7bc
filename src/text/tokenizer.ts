/**
 * Text to token ids and back, for every published form of a vocabulary. The library @huggingface/tokenizers does the
 * work on each text; what it does differently from the Rust reference is put right in repair.ts and template.ts.
 */
import { CheckpointError } from '../core/errors.ts';
import { bpeFromFiles, parseMerges } from './bpe.ts';
import { parseJson, parseTokenizerJson, spell, type TokenizerConfig, type TokenizerJson } from './json.ts';
import { openLibrary } from './library.ts';
import { type SpecialIds, specialIds } from './special.ts';
import { type Encoding, fill, templateOf } from './template.ts';
import { wordPieceFromFile } from './wordpiece.ts';

export interface EncodeOptions {
  /** A second text in the same row, such as the answer after the question. */
  pair?: string;
  /** Put the model's special tokens around the text (default true). */
  specialTokens?: boolean;
  /** Cut the row to at most this many tokens, special ones included; the longer text of a pair is cut first. */
  maxLength?: number;
}

export interface DecodeOptions {
  /** Leave special tokens out of the text (default true). */
  skipSpecial?: boolean;
}

export interface Tokenizer {
  encode(text: string, options?: EncodeOptions): Encoding;
  /** Text of the ids. Ids that the vocabulary lacks are left out, as a model's head may be wider than its vocabulary. */
  decode(ids: readonly number[], options?: DecodeOptions): string;
  /** One more than the highest id. */
  readonly vocabularySize: number;
  /** The id of a token, spelled as in the vocabulary; undefined when it has none. */
  id(token: string): number | undefined;
  token(id: number): string | undefined;
  readonly special: SpecialIds;
  /** The longest row the model was made for, where the repository says so. */
  readonly modelMaxLength: number | undefined;
  /** The structure of `tokenizer.json`, to be written beside a checkpoint. */
  readonly json: TokenizerJson;
}

/** Files of a repository by name: their text. */
export type TokenizerFiles = Readonly<Record<string, string | undefined>>;

/** The names that are read, in the order of preference for the vocabulary. */
export const tokenizerFileNames = [
  'tokenizer.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
] as const;

/**
 * Builds a tokenizer from the text of a repository's files: `tokenizer.json`, or `vocab.txt` (BERT's WordPiece), or
 * `vocab.json` with `merges.txt` (GPT-2's or CLIP's byte pairs). Options come from `tokenizer_config.json` where present.
 * Throws CheckpointError when no vocabulary is there or a file is damaged.
 */
export function tokenizerFromFiles(files: TokenizerFiles): Tokenizer {
  const optional = (name: string): TokenizerConfig => {
    const text = files[name];
    return text === undefined ? {} : parseJson(name, text);
  };
  const config = { ...optional('special_tokens_map.json'), ...optional('tokenizer_config.json') };
  const whole = files['tokenizer.json'];
  if (whole !== undefined) return tokenizerFromJson(parseTokenizerJson(whole), config);
  const json = vocabularyOf(files, config);
  return tokenizerFromJson(withAdded(json, config, optional('added_tokens.json') as Record<string, number>), config);
}

function vocabularyOf(files: TokenizerFiles, config: TokenizerConfig): TokenizerJson {
  const { 'vocab.txt': pieces, 'vocab.json': vocab, 'merges.txt': merges } = files;
  if (pieces !== undefined) return wordPieceFromFile(pieces, config);
  if (vocab !== undefined && merges !== undefined)
    return bpeFromFiles(parseJson('vocab.json', vocab), parseMerges(merges), config);
  throw new CheckpointError(
    'no vocabulary: the repository needs tokenizer.json, or vocab.txt, or vocab.json together with merges.txt',
  );
}

/** Tokens that a repository lists outside its vocabulary, in `tokenizer_config.json` or in the older `added_tokens.json`. */
function withAdded(json: TokenizerJson, config: TokenizerConfig, older: Record<string, number>): TokenizerJson {
  const listed = Object.entries(config.added_tokens_decoder ?? {}).map(([id, token]) => ({
    ...(typeof token === 'string' ? {} : token),
    id: Number(id),
    content: spell(token),
    special: typeof token === 'string' || (token.special ?? false),
  }));
  const plain = Object.entries(older).map(([content, id]) => ({ id, content, special: true, normalized: false }));
  const added = new Map([...json.added_tokens, ...plain, ...listed].map((token) => [token.content, token]));
  return { ...json, added_tokens: [...added.values()].sort((a, b) => a.id - b.id) };
}

/** Builds a tokenizer from the structure of `tokenizer.json`. Throws CheckpointError when a stage of it is unknown. */
export function tokenizerFromJson(json: TokenizerJson, config: TokenizerConfig = {}): Tokenizer {
  const template = templateOf(json.post_processor);
  const library = openLibrary(json);
  const vocabulary = library.model.vocab;
  const id = (token: string) => library.token_to_id(token);
  const bytePairs = json.model.type === 'BPE';
  // transformers closes up spaces before punctuation only when asked, and never for byte pairs, which keep their spaces.
  const closeUp = config.clean_up_tokenization_spaces === true && !bytePairs;
  // transformers' CLIP class turns ends of words into spaces; the bare tokenizers library leaves them as they are.
  const wordEnd = config.tokenizer_class?.startsWith('CLIP') ? (json.model.end_of_word_suffix as string) : undefined;
  const idsOf = (text: string) => library.encode(text, { add_special_tokens: false }).ids;
  return {
    json,
    vocabularySize: vocabulary.length,
    special: specialIds(id, config),
    modelMaxLength: lengthOf(config.model_max_length),
    id,
    token: (index) => vocabulary[index],
    encode: (text, { pair, specialTokens = true, maxLength } = {}) =>
      fill(template, idsOf(text), pair === undefined ? undefined : idsOf(pair), { specialTokens, maxLength }),
    decode(ids, { skipSpecial = true } = {}) {
      const known = ids.filter((index) => vocabulary[index] !== undefined);
      if (known.length === 0) return '';
      const options = { skip_special_tokens: skipSpecial, clean_up_tokenization_spaces: closeUp };
      const text = library.decode(known, options);
      return wordEnd ? text.replaceAll(wordEnd, ' ').trim() : text;
    },
  };
}

/** Repositories write "no limit" as a number near 1e30. */
const lengthOf = (length: number | undefined): number | undefined =>
  typeof length === 'number' && length < 1e9 ? length : undefined;
