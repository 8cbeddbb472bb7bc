/**
 * Training samples made in a thread of their own, some batches ahead of their use. Batch i holds the samples from
 * i × size on, so the number of the next batch is all that a run has to save. Node only.
 */
import type { Worker } from 'node:worker_threads';
import { reason, SightreadError } from '../core/index.ts';
import { programBeside, startThread } from '../core/thread.ts';
import type { Sample } from './sample.ts';
import type { EmojiSet, PackedSet } from './set.ts';
import type { TrainingOptions } from './source.ts';

export interface LoaderOptions {
  set: EmojiSet;
  /** Options of `trainingSource`; plain data only, because they travel to the worker (so no `keep`). */
  training?: Omit<TrainingOptions, 'keep'>;
  /** Samples in a batch. */
  size: number;
  /** Number of the first batch: `position` of an earlier loader. */
  position?: number;
  /** Batches made before they are asked for. */
  ahead?: number;
}

/** What the worker is started with. */
export interface LoaderTask {
  packed: PackedSet;
  training: LoaderOptions['training'];
  size: number;
}

export type LoaderReply = { index: number; samples: Sample[] } | { index: number; fault: string };

export class Loader implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #size: number;
  readonly #ahead: number;
  readonly #ready = new Map<number, PromiseWithResolvers<Sample[]>>();
  #next: number;
  #asked: number;
  #ended: Error | undefined;

  constructor({ set, training = {}, size, position = 0, ahead = 2 }: LoaderOptions) {
    this.#size = size;
    this.#ahead = ahead;
    this.#next = position;
    this.#asked = position;
    const task: LoaderTask = { packed: set.packed, training, size };
    this.#worker = startThread(programBeside('loader-worker', import.meta.url), task);
    this.#worker.on('message', (reply: LoaderReply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#end(new SightreadError(`the loader's thread failed: ${reason(error)}`)));
    this.#worker.on('exit', () => this.#end(new SightreadError('the loader is closed')));
    this.#worker.unref();
  }

  /** Number of the batch that `next` gives: save it, and pass it as `position` to go on with the same samples. */
  get position(): number {
    return this.#next;
  }

  /** Number of samples in every batch. */
  get size(): number {
    return this.#size;
  }

  /** The next batch. */
  async next(): Promise<Sample[]> {
    if (this.#ended) throw this.#ended;
    const index = this.#next++;
    while (this.#asked <= index + this.#ahead) this.#ask(this.#asked++);
    const waiting = this.#ready.get(index)!;
    this.#worker.ref();
    try {
      return await waiting.promise;
    } finally {
      this.#ready.delete(index);
      this.#worker.unref();
    }
  }

  /** Stops the thread. Batches that are still awaited fail. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #ask(index: number) {
    const waiting = withResolvers<Sample[]>();
    // A batch that is made ahead may fail before anybody waits for it; the failure is thrown by `next`.
    waiting.promise.catch(() => undefined);
    this.#ready.set(index, waiting);
    this.#worker.postMessage(index);
  }

  #receive(reply: LoaderReply) {
    const waiting = this.#ready.get(reply.index);
    if ('samples' in reply) waiting?.resolve(reply.samples);
    else waiting?.reject(new SightreadError(`batch ${reply.index}: ${reply.fault}`));
  }

  #end(error: Error) {
    this.#ended ??= error;
    for (const { reject } of this.#ready.values()) reject(this.#ended);
  }
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
