/**
 * Batches and evaluations from threads of their own. A train step holds the main thread until it is done; drawing, decoding
 * or masking in JavaScript, and another session's work, go on beside it only from a worker.
 *
 *     // make-batches.ts                       // recipe.ts
 *     serveBatches(async (index) => …);        train({ data: workerBatches(startThread(new URL('make-batches.ts', …))), … });
 *     // judge.ts
 *     serveEvaluation(async (weights) => …);   train({ evaluate: workerEvaluation(startThread(…)), beside: true, … });
 */
import { parentPort, type Worker } from 'node:worker_threads';
import { type NDArray, reason, SightreadError, UsageError } from '../core/index.ts';
import type { BatchSource } from './batches.ts';
import type { Evaluate, Evaluation } from './judging.ts';

/** Inside a worker: answers the main thread's `workerBatches` from `source`. */
export const serveBatches = (source: BatchSource): void =>
  serve('serveBatches', source, (batch) => wholeBuffers(Object.values(batch)));

/** Batches from a worker that calls `serveBatches`. The worker keeps the process alive only while one is awaited. */
export function workerBatches(worker: Worker): BatchSource {
  const ask = asking<number, Awaited<ReturnType<BatchSource>>>(worker, 'the worker that makes batches');
  return (index) => ask(index, `batch ${index}`);
}

interface Judged {
  weights: ReadonlyMap<string, NDArray>;
  step: number;
}

/** Inside a worker: answers the main thread's `workerEvaluation`. */
export const serveEvaluation = (evaluate: Evaluate): void =>
  serve<Judged, Evaluation>('serveEvaluation', ({ weights, step }) => evaluate(weights, step));

/** Evaluation in a worker that calls `serveEvaluation`, for `beside`. It takes the memory of the weights that it gets. */
export function workerEvaluation(worker: Worker): Evaluate {
  const ask = asking<Judged, Evaluation>(worker, 'the worker that judges');
  return (weights, step) => ask({ weights, step }, `step ${step}`, wholeBuffers([...weights.values()]));
}

interface Question<Q> {
  id: number;
  content: Q;
}
type Reply<A> = { id: number } & ({ answer: A } | { fault: string });

function serve<Q, A>(
  name: string,
  answer: (content: Q) => Promise<A>,
  moved: (answer: A) => ArrayBuffer[] = () => [],
): void {
  const port = parentPort;
  if (!port) throw new UsageError(`${name}: this is the main thread; call it in a worker`);
  port.on('message', async ({ id, content }: Question<Q>) => {
    try {
      const given = await answer(content);
      port.postMessage({ id, answer: given } satisfies Reply<A>, moved(given));
    } catch (error) {
      port.postMessage({ id, fault: reason(error) } satisfies Reply<A>);
    }
  });
}

/** Questions to a worker, each with a name for its errors. What is asked later of a worker that ended fails at once. */
function asking<Q, A>(worker: Worker, who: string) {
  interface Waiting {
    about: string;
    resolve: (answer: A) => void;
    reject: (error: Error) => void;
  }
  const waiting = new Map<number, Waiting>();
  let ended: Error | undefined;
  let count = 0;
  const settle = (id: number) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    return call;
  };
  const end = (error: Error) => {
    ended ??= error;
    for (const id of [...waiting.keys()]) settle(id)?.reject(ended);
  };
  worker.on('message', (reply: Reply<A>) => {
    const call = settle(reply.id);
    if ('answer' in reply) call?.resolve(reply.answer);
    else call?.reject(new SightreadError(`${call.about}: ${reply.fault}`));
  });
  worker.on('error', end);
  worker.on('exit', () => end(new SightreadError(`${who} ended; see its own message above`)));
  worker.unref();
  return (content: Q, about: string, moved: ArrayBuffer[] = []): Promise<A> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      const id = count++;
      waiting.set(id, { about, resolve, reject });
      worker.ref();
      worker.postMessage({ id, content } satisfies Question<Q>, moved);
    });
}

/** Memory that moves to the other thread instead of being copied: that of arrays which are no part of a larger one. */
function wholeBuffers(arrays: readonly NDArray[]): ArrayBuffer[] {
  const whole = arrays.filter(({ data }) => data.byteLength === data.buffer.byteLength);
  return [...new Set(whole.map(({ data }) => data.buffer as ArrayBuffer))];
}
