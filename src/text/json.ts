/**
 * The parts of a `tokenizer.json` (the file format of Hugging Face's tokenizers) that this room reads or writes.
 * Vocabulary-only repositories are brought into the same structure, so that one path encodes and decodes them all.
 */
import { CheckpointError, reason } from '../core/errors.ts';

/** A stage of the pipeline: its type and whatever options that type has. */
export interface Stage {
  type: string;
  [option: string]: unknown;
}

export interface AddedToken {
  id: number;
  content: string;
  special: boolean;
  normalized?: boolean;
  lstrip?: boolean;
  rstrip?: boolean;
  single_word?: boolean;
}

export interface TokenizerJson {
  version?: string;
  added_tokens: AddedToken[];
  normalizer: Stage | null;
  pre_tokenizer: Stage | null;
  post_processor: Stage | null;
  decoder: Stage | null;
  model: Stage & { vocab: Record<string, number> | [string, number][] };
}

/** A token as configuration files spell it: its text, or an object holding the text and how to match it. */
export type TokenSpelling = string | { content: string; special?: boolean; lstrip?: boolean; rstrip?: boolean };

/** The options of `tokenizer_config.json` that change ids or text. */
export interface TokenizerConfig {
  tokenizer_class?: string;
  do_lower_case?: boolean;
  strip_accents?: boolean | null;
  tokenize_chinese_chars?: boolean;
  add_bos_token?: boolean;
  add_prefix_space?: boolean;
  clean_up_tokenization_spaces?: boolean;
  model_max_length?: number;
  added_tokens_decoder?: Record<string, TokenSpelling>;
  [option: string]: unknown;
}

export const spell = (token: TokenSpelling): string => (typeof token === 'string' ? token : token.content);

/** A special token that is never normalised before it is matched, as both published vocabularies declare theirs. */
export const specialToken = (content: string, id: number): AddedToken => ({
  id,
  content,
  special: true,
  normalized: false,
  lstrip: false,
  rstrip: false,
  single_word: false,
});

/** Reads one JSON file of a checkpoint. Throws CheckpointError when it is not an object. */
export function parseJson<T extends object>(name: string, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`${name} is not JSON (${reason(error)}); fetch the file again`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CheckpointError(`${name} holds no JSON object; fetch the file again`);
  return value as T;
}

/** Reads `tokenizer.json`. Throws CheckpointError when it lacks a model with a vocabulary. */
export function parseTokenizerJson(text: string, name = 'tokenizer.json'): TokenizerJson {
  const json = parseJson<Partial<TokenizerJson>>(name, text);
  if (typeof json.model?.vocab !== 'object' || json.model.vocab === null)
    throw new CheckpointError(`${name} has no model.vocab; it is not a file of the tokenizers library`);
  const { version, added_tokens = [], normalizer = null, pre_tokenizer = null } = json;
  const { post_processor = null, decoder = null, model } = json;
  return { version, added_tokens, normalizer, pre_tokenizer, post_processor, decoder, model };
}
