import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { float32 } from '../core/index.ts';
import { points } from './testing.ts';
import { workerBatches, workerEvaluation } from './worker.ts';

/** A worker that can import this folder's TypeScript. */
const start = (body: string, workerData?: unknown) =>
  new Worker(
    `const from = (file) => import(new URL(file, ${JSON.stringify(import.meta.url)}));
     import('tsx/esm/api').then(async ({ register }) => {
       register();
       const { workerData } = await import('node:worker_threads');
       const { serveBatches, serveEvaluation } = await from('./worker.ts');
       const { points } = await from('./testing.ts');
       ${body}
     });`,
    { eval: true, workerData },
  );

test('a worker makes the same batches; a fault names its batch and the next one still comes', async () => {
  const data = workerBatches(
    start(`serveBatches(async (i) => { if (i === 1) throw new Error('torn picture'); return points(i); });`),
  );
  const [first, bad, last] = await Promise.allSettled([data(0), data(1), data(2)]);
  expect(first).toEqual({ status: 'fulfilled', value: await points(0) });
  expect(last).toEqual({ status: 'fulfilled', value: await points(2) });
  expect(bad).toMatchObject({ reason: { message: 'batch 1: torn picture' } });
});

test('a worker that dies fails what was asked of it, then and later', async () => {
  const data = workerBatches(start(`throw new Error('no such set');`));
  await expect(data(0)).rejects.toThrow('no such set');
  await expect(data(1)).rejects.toThrow('no such set');
});

test('an evaluation holds its own thread alone, gets the weights, and names its step when it fails', async () => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const evaluate = workerEvaluation(
    start(
      `serveEvaluation(async (weights, step) => {
         if (step === 8) throw new Error('no pictures');
         Atomics.wait(workerData, 0, 0);
         return { scores: { sum: weights.get('a').data[0] + weights.get('b').data[1] } };
       });`,
      flag,
    ),
  );
  const weights = () =>
    new Map([
      ['a', float32([1], [3])],
      ['b', float32([2], [4, 5])],
    ]);
  let ended = false;
  const waiting = evaluate(weights(), 7).finally(() => {
    ended = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ended).toBe(false);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
  expect(await waiting).toEqual({ scores: { sum: 8 } });
  await expect(evaluate(weights(), 8)).rejects.toThrow('step 8: no pictures');
});
