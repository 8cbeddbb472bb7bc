/**
 * A text decoder with a key/value cache, for every family that generates: the picture's memory is fed as it is, the past
 * of the text goes in and comes out of every step.
 */
import { float32, int64, type NDArray, zeros } from '../core/index.ts';
import type { TextDecoder } from '../generate/index.ts';
import type { Program } from '../runtime/index.ts';

export interface CachedDecoderParts {
  /** Inputs ids, mask, positions, rows, memory.*, past.*; outputs logits [rows, vocabulary] and present.* (nn/cache.ts). */
  program: Program;
  vocabulary: number;
  /** memory.*: what the pictures left, [pictures, heads, tokens, head width]. */
  memory: Record<string, NDArray>;
}

export class CachedDecoder implements TextDecoder {
  readonly vocabulary: number;
  readonly #program: Program;
  readonly #memory: Record<string, NDArray>;
  readonly #pictures: number;
  #past: Record<string, NDArray> = {};
  /** Which text positions of each row count. */
  #mask: number[][] = [];

  constructor({ program, vocabulary, memory }: CachedDecoderParts) {
    this.#program = program;
    this.vocabulary = vocabulary;
    this.#memory = memory;
    this.#pictures = Object.values(memory)[0].shape[0];
  }

  async begin(ids: NDArray, mask: NDArray, signal?: AbortSignal): Promise<NDArray> {
    const [rows, length] = ids.shape;
    this.#mask = Array.from({ length: rows }, (_, r) =>
      Array.from(mask.data.slice(r * length, (r + 1) * length), Number),
    );
    const [, heads, , width] = Object.values(this.#memory)[0].shape;
    const nothing = zeros('float32', [rows, 0, heads * width]);
    this.#past = Object.fromEntries(
      this.#program.inputs.filter((name) => name.startsWith('past.')).map((name) => [name, nothing]),
    );
    // Left padding does not move a text: its first real token stands at position 0.
    const positions = this.#mask.map((row) => row.map((_, t) => Math.max(0, sum(row.slice(0, t + 1)) - 1)));
    return await this.#read(ids, positions, [...Array(rows).keys()], signal);
  }

  async next(tokens: readonly number[], from: readonly number[], signal?: AbortSignal): Promise<NDArray> {
    const positions = from.map((row) => [sum(this.#mask[row])]);
    this.#mask = from.map((row) => [...this.#mask[row], 1]);
    return await this.#read(int64([tokens.length, 1], tokens), positions, from, signal);
  }

  async #read(ids: NDArray, positions: number[][], from: readonly number[], signal?: AbortSignal): Promise<NDArray> {
    const rows = from.length;
    const feeds: Record<string, NDArray> = {
      ids,
      mask: int64([rows, this.#mask[0].length], this.#mask.flat()),
      positions: int64(ids.shape, positions.flat()),
      rows: int64([this.#pictures, rows / this.#pictures], from),
      ...this.#memory,
      ...this.#past,
    };
    const { logits, ...present } = await this.#program.run(feeds, { signal });
    this.#past = Object.fromEntries(
      Object.entries(present).map(([name, value]) => [name.replace('present.', 'past.'), value]),
    );
    return float32(logits.shape, logits.data as Float32Array);
  }
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
