/**
 * Sequences of tokens that share their beginnings, so that a search can be kept to a list: the labels of a
 * classification, written out and ended by the end token.
 */
import type { GenerateOptions } from './options.ts';
import type { Processor } from './processors.ts';

type Branch = Map<number, Branch>;

export class Trie {
  readonly #root: Branch = new Map();

  /** Every sequence with its end token. */
  constructor(sequences: Iterable<readonly number[]>) {
    for (const sequence of sequences) {
      let branch = this.#root;
      for (const token of sequence) {
        if (!branch.has(token)) branch.set(token, new Map());
        branch = branch.get(token)!;
      }
    }
  }

  /** The tokens that continue some sequence after `written`; none where `written` begins no sequence or is a whole one. */
  next(written: readonly number[]): number[] {
    let branch: Branch | undefined = this.#root;
    for (const token of written) branch = branch?.get(token);
    return [...(branch?.keys() ?? [])];
  }

  /** Only sequences of the trie, for `GenerateOptions.allowed`: any search, probabilities as the model gives them. */
  readonly allowed: NonNullable<GenerateOptions['allowed']> = (_row, _ids, written) => this.next(written);

  /**
   * The rule of GIT's classification (microsoft/GenerativeImage2Text, trie_decoder.py), for `SearchOptions.processors`
   * without beams: the token just written is held back, then valid tokens are lifted above all others. A token is
   * repeated only where the sequences leave no other choice.
   */
  readonly lift: Processor = (candidates) => {
    for (const { written, scores } of candidates) {
      if (written.length > 0) scores[written[written.length - 1]] = -10_000;
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const score of scores) {
        low = Math.min(low, score);
        high = Math.max(high, score);
      }
      for (const token of this.next(written)) scores[token] += high - low + 1;
    }
  };
}
