/**
 * Batches made in a thread of their own. A train step holds the main thread until it is done; drawing, decoding or
 * masking in JavaScript goes on beside it only from a worker.
 *
 *     // make-batches.ts                              // recipe.ts
 *     serveBatches(async (index) => …);               train({ data: workerBatches(new Worker(…make-batches…)), … });
 */
import { parentPort, type Worker } from 'node:worker_threads';
import { reason, SightreadError, UsageError } from '../core/index.ts';
import type { Batch, BatchSource } from './batches.ts';

type Reply = { index: number } & ({ batch: Batch } | { fault: string });

/** Inside a worker: answers the main thread's `workerBatches` from `source`. */
export function serveBatches(source: BatchSource): void {
  const port = parentPort;
  if (!port) throw new UsageError('serveBatches: this is the main thread; call it in a worker');
  port.on('message', async (index: number) => {
    try {
      const batch = await source(index);
      // Memory moves to the main thread instead of being copied, unless an array is a part of a larger one.
      const whole = Object.values(batch).filter(({ data }) => data.byteLength === data.buffer.byteLength);
      const moved = [...new Set(whole.map(({ data }) => data.buffer as ArrayBuffer))];
      port.postMessage({ index, batch } satisfies Reply, moved);
    } catch (error) {
      port.postMessage({ index, fault: reason(error) } satisfies Reply);
    }
  });
}

/** Batches from a worker that calls `serveBatches`. The worker keeps the process alive only while one is awaited. */
export function workerBatches(worker: Worker): BatchSource {
  const waiting = new Map<number, { resolve: (batch: Batch) => void; reject: (error: Error) => void }>();
  let ended: Error | undefined;
  const settle = (index: number) => {
    const call = waiting.get(index);
    waiting.delete(index);
    if (waiting.size === 0) worker.unref();
    return call;
  };
  const end = (error: Error) => {
    ended ??= error;
    for (const index of [...waiting.keys()]) settle(index)?.reject(ended);
  };
  worker.on('message', (reply: Reply) => {
    const call = settle(reply.index);
    if ('batch' in reply) call?.resolve(reply.batch);
    else call?.reject(new SightreadError(`batch ${reply.index}: ${reply.fault}`));
  });
  worker.on('error', end);
  worker.on('exit', () => end(new SightreadError('the worker that makes batches ended; see its own message above')));
  worker.unref();
  return (index) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      waiting.set(index, { resolve, reject });
      worker.ref();
      worker.postMessage(index);
    });
}
