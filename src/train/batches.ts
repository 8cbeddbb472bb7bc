/** Batches in order, made ahead of their use, and a record of how long the loop waited for them. */
import type { NDArray } from '../core/index.ts';

export type Batch = Record<string, NDArray>;

/** Batch `index` of the run. It must depend on the index alone, or a resumed run sees other data. */
export type BatchSource = (index: number) => Promise<Batch>;

export class Batches {
  readonly #source: BatchSource;
  readonly #end: number;
  #index: number;
  #ahead: Promise<Batch> | undefined;
  #waited = 0;
  #examples = 0;

  /** Batches `first` to `end` − 1. */
  constructor(source: BatchSource, first: number, end: number) {
    this.#source = source;
    this.#index = first;
    this.#end = end;
  }

  /** Waits for the next batch, and starts the one after it while this one is used. */
  async next(): Promise<{ index: number; batch: Batch }> {
    const asked = performance.now();
    const index = this.#index++;
    const batch = await (this.#ahead ?? this.#source(index));
    this.#waited += performance.now() - asked;
    this.#examples += examplesIn(batch);
    this.#ahead = this.#index < this.#end ? this.#source(this.#index) : undefined;
    // A failure is thrown where the batch is used, not as an unhandled rejection before that.
    this.#ahead?.catch(() => undefined);
    return { index, batch };
  }

  /** Milliseconds waited and examples given since the last call. */
  account(): { waited: number; examples: number } {
    const sums = { waited: this.#waited, examples: this.#examples };
    this.#waited = 0;
    this.#examples = 0;
    return sums;
  }
}

/** Batches hold their examples along the first axis of every input that has one. */
export const examplesIn = (batch: Batch): number =>
  Object.values(batch).find(({ shape }) => shape.length > 0)?.shape[0] ?? 0;
