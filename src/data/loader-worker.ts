/** The thread behind `Loader`: answers the number of a batch with its samples. */
import { parentPort, workerData } from 'node:worker_threads';
import { reason } from '../core/errors.ts';
import type { LoaderReply, LoaderTask } from './loader.ts';
import { unpackSet } from './open.ts';
import { trainingSource } from './source.ts';

const { packed, training, size } = workerData as LoaderTask;
const source = trainingSource(unpackSet(packed), training);

parentPort!.on('message', (index: number) => {
  try {
    const samples = Array.from({ length: size }, (_, k) => source(index * size + k));
    const buffers = samples.map(({ pixels }) => pixels.buffer as ArrayBuffer);
    parentPort!.postMessage({ index, samples } satisfies LoaderReply, buffers);
  } catch (error) {
    parentPort!.postMessage({ index, fault: reason(error) } satisfies LoaderReply);
  }
});
