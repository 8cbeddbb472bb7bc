/** A model for tests whose logits depend on the last two tokens through a hash; test/goldens/generate/make.py has its twin. */
import { float32, type NDArray, uniformNumber } from '../core/index.ts';
import type { TextDecoder } from './decoder.ts';

export interface Table {
  vocab_size?: number;
  seed: number;
  sharpness?: number;
  /** Added to the logits of the end tokens 2 and 3. */
  ending?: number;
}

export class TableDecoder implements TextDecoder {
  readonly vocabulary: number;
  /** Every call after `begin`: what was read and which rows went on. */
  readonly calls: { tokens: number[]; from: number[] }[] = [];
  readonly #table: Required<Table>;
  /** The tokens of each row that its model sees. */
  #rows: number[][] = [];

  constructor({ vocab_size = 24, seed, sharpness = 6, ending = 0 }: Table) {
    this.vocabulary = vocab_size;
    this.#table = { vocab_size, seed, sharpness, ending };
  }

  async begin(ids: NDArray, mask: NDArray, signal?: AbortSignal): Promise<NDArray> {
    signal?.throwIfAborted();
    const [rows, length] = ids.shape;
    const places = [...Array(length).keys()];
    this.#rows = Array.from({ length: rows }, (_, row) =>
      places.filter((t) => mask.data[row * length + t]).map((t) => Number(ids.data[row * length + t])),
    );
    return this.#logits();
  }

  async next(tokens: readonly number[], from: readonly number[], signal?: AbortSignal): Promise<NDArray> {
    signal?.throwIfAborted();
    this.calls.push({ tokens: [...tokens], from: [...from] });
    this.#rows = from.map((row, i) => [...this.#rows[row], tokens[i]]);
    return this.#logits();
  }

  #logits(): NDArray {
    const { vocab_size, seed, sharpness, ending } = this.#table;
    const logits = this.#rows.flatMap((row) => {
      const salt = (((row.at(-2) ?? -1) + 1) * 4099 + row[row.length - 1]) & 0x7fffffff;
      return Array.from({ length: vocab_size }, (_, token) => {
        const logit = uniformNumber(seed, salt, token) * sharpness;
        return token === 2 || token === 3 ? logit + ending : logit;
      });
    });
    return float32([this.#rows.length, vocab_size], logits);
  }
}
