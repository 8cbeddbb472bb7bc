import type { NDArray } from '../core/index.ts';

/** What a search needs of a model: scores of the next token for every row, and rows that can be rearranged. */
export interface TextDecoder {
  readonly vocabulary: number;
  /**
   * Reads the prompts, ids int64 [rows, t] with mask int64 [rows, t] (left padding allowed); gives logits float32
   * [rows, vocabulary] of the next token.
   */
  begin(ids: NDArray, mask: NDArray, signal?: AbortSignal): Promise<NDArray>;
  /**
   * Row i continues what was row `from[i]` and reads tokens[i]; gives logits as `begin` does. Rows may be copied and
   * reordered; those of one picture stay side by side and their number is the same for all pictures.
   */
  next(tokens: readonly number[], from: readonly number[], signal?: AbortSignal): Promise<NDArray>;
}
