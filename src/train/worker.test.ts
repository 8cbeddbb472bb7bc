import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { points } from './testing.ts';
import { workerBatches } from './worker.ts';

/** A worker that can import this folder's TypeScript. */
const start = (body: string) =>
  new Worker(
    `const from = (file) => import(new URL(file, ${JSON.stringify(import.meta.url)}));
     import('tsx/esm/api').then(async ({ register }) => {
       register();
       const { serveBatches } = await from('./worker.ts');
       const { points } = await from('./testing.ts');
       ${body}
     });`,
    { eval: true },
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
