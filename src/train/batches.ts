/** Batches in order, started one ahead of their use, and a record of how long the loop waited for them. */
import type { NDArray } from '../core/index.ts';

export type Batch = Record<string, NDArray>;

/**
 * Batch `index` of the run. It must depend on the index alone, or a resumed run sees other data.
 *
 * A step holds the JavaScript thread until it is done, so only work outside this thread (sharp's decoding and resizing,
 * files, a worker: `workerBatches`) goes on beside it; drawing in JavaScript here adds its time to every step.
 */
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

  /** Waits for the next batch, and starts the one after it. */
  async next(): Promise<{ index: number; batch: Batch }> {
    const asked = performance.now();
    const index = this.#index++;
    const batch = await (this.#ahead ?? this.#source(index));
    this.#ahead = this.#index < this.#end ? this.#source(this.#index) : undefined;
    // A failure is thrown where the batch is used, not as an unhandled rejection before that.
    this.#ahead?.catch(() => undefined);
    this.#waited += performance.now() - asked;
    this.#examples += examplesIn(batch);
    return { index, batch };
  }

  /** Milliseconds that the loop stood still for data, and examples given, since the last call. */
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
