/** The one door to @huggingface/tokenizers 0.2.0, whose published types do not resolve under Node's module rules. */
import { Tokenizer } from '@huggingface/tokenizers';
import { CheckpointError, reason } from '../core/errors.ts';
import { charsMap } from './charsmap.ts';
import type { Stage, TokenizerJson } from './json.ts';
import { repair } from './repair.ts';

/** A stage of the library that changes text; a sequence holds its parts. */
interface Normalizer {
  (text: string): string;
  config: Stage;
  normalizers?: (Normalizer | null)[];
  normalize(text: string): string;
}

/** What is used of the library's tokenizer. */
export interface Library {
  /** Pieces by id; holes where the vocabulary has none. */
  model: { vocab: (string | undefined)[] };
  normalizer: Normalizer | null;
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
    readTables(library.normalizer);
    // Otherwise the library would replace the end-of-word mark by itself, whatever the repository says.
    if (library.decoder) library.decoder.end_of_word_suffix = null;
    return library;
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw new CheckpointError(
      `tokenizer.json cannot be used: ${reason(error)}; save it with stages that tokenizers.js knows`,
    );
  }
}

/** Gives SentencePiece's own table to the stages for which the library has an approximation. */
function readTables(normalizer: Normalizer | null): void {
  if (normalizer === null) return;
  for (const part of normalizer.normalizers ?? []) readTables(part);
  const table = normalizer.config.precompiled_charsmap;
  if (typeof table === 'string') normalizer.normalize = charsMap(table);
}
