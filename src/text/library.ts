/** The one door to @huggingface/tokenizers 0.2.0, whose published types do not resolve under Node's module rules. */
import { Tokenizer } from '@huggingface/tokenizers';
import { CheckpointError, reason } from '../core/errors.ts';
import type { TokenizerJson } from './json.ts';
import { repair } from './repair.ts';

/** What is used of the library's tokenizer. */
export interface Library {
  /** Pieces by id; holes where the vocabulary has none. */
  model: { vocab: (string | undefined)[] };
  normalizer: ((text: string) => string) | null;
  pre_tokenizer: ((text: string) => string[]) | null;
  decoder: { end_of_word_suffix: string | null } | null;
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  decode(ids: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
}

/** Opens the structure of a `tokenizer.json`, repaired. Throws CheckpointError when a stage of it is unknown. */
export function openLibrary(json: TokenizerJson): Library {
  try {
    const library = new Tokenizer(repair(json), {}) as unknown as Library;
    // Otherwise the library would replace the end-of-word mark by itself, whatever the repository says.
    if (library.decoder) library.decoder.end_of_word_suffix = null;
    return library;
  } catch (error) {
    throw new CheckpointError(
      `tokenizer.json cannot be used: ${reason(error)}; save it with stages that tokenizers.js knows`,
    );
  }
}
