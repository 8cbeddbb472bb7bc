/**
 * Pictures read, decoded and brought to a model's size beside the thread that runs the model. ONNX Runtime's Node binding
 * computes on the thread that calls it, so whatever else happens there waits: files are read and pictures are decoded in the
 * pools of Node and libvips anyway, and resizing, which is plain JavaScript and dearer than a small model, has threads here.
 * Node only.
 */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { InputError, reason, SightreadError } from '../core/errors.ts';
import { programBeside, startThread } from '../core/thread.ts';
import type { ProcessorSettings } from './config.ts';
import { type DecodeOptions, imageReader } from './decode.ts';
import { nodePlatform } from './node.ts';
import type { Pixels } from './pixels.ts';
import { type ImageSource, isPixels } from './source.ts';

export interface FitTask {
  index: number;
  picture: Pixels;
}

export type FitReply = { index: number; picture: Pixels } | { index: number; fault: string; ofInput: boolean };

/** More threads than this read faster than any model here runs. */
const mostThreads = 4;

const { decodeImage } = imageReader(nodePlatform);

export class PictureReader implements AsyncDisposable {
  readonly #settings: ProcessorSettings;
  readonly #workers: Worker[];
  readonly #waiting = new Map<number, { resolve: (picture: Pixels) => void; reject: (error: unknown) => void }>();
  /** Called when a picture is done, so that the next may be decoded. */
  readonly #queue: (() => void)[] = [];
  #open = 0;
  #asked = 0;
  #ended: Error | undefined;

  /** @param settings those of the model's processor, which takes what this reads as it is */
  constructor(settings: ProcessorSettings, { threads = Math.min(mostThreads, availableParallelism()) } = {}) {
    this.#settings = settings;
    this.#workers = Array.from({ length: threads }, () => this.#start());
  }

  /** The picture at the model's size. Throws InputError as `decodeImage` and the processor do. */
  async read(source: ImageSource, options: DecodeOptions = {}): Promise<Pixels> {
    await this.#turn();
    try {
      const picture = await decodeImage(source, options);
      options.signal?.throwIfAborted();
      // Pixels that the caller holds stay the caller's.
      const own = isPixels(source) ? { ...picture, data: picture.data.slice() } : picture;
      return { ...(await this.#fit(own)), fitted: this.#settings };
    } finally {
      this.#open--;
      this.#queue.shift()?.();
    }
  }

  /** Stops the threads. Pictures that are still awaited fail. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#end(new SightreadError('the reader of pictures is closed'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** No more pictures are decoded at once than are about to be resized: photographs are large. */
  async #turn(): Promise<void> {
    while (this.#open > this.#workers.length) await new Promise<void>((go) => this.#queue.push(go));
    this.#open++;
  }

  #fit(picture: Pixels): Promise<Pixels> {
    if (this.#ended) throw this.#ended;
    const index = this.#asked++;
    const done = new Promise<Pixels>((resolve, reject) => this.#waiting.set(index, { resolve, reject }));
    const task: FitTask = { index, picture };
    this.#workers[index % this.#workers.length].postMessage(task, [picture.data.buffer as ArrayBuffer]);
    return done;
  }

  #start(): Worker {
    const worker = startThread(programBeside('fit-worker', import.meta.url), this.#settings);
    worker.on('message', (reply: FitReply) => {
      const waiting = this.#waiting.get(reply.index);
      this.#waiting.delete(reply.index);
      if ('picture' in reply) waiting?.resolve(reply.picture);
      else waiting?.reject(new (reply.ofInput ? InputError : SightreadError)(reply.fault));
    });
    worker.on('error', (error) =>
      this.#end(new SightreadError(`a thread that resizes pictures failed: ${reason(error)}`)),
    );
    return worker;
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
