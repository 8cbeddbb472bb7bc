/** The thread behind `Loader`: answers the number of a batch with its samples. */
import { parentPort, workerData } from 'node:worker_threads';
import { reason } from '../core/errors.ts';
import type { LoaderReply, LoaderTask } from './loader.ts';
import { unpackSet } from './open.ts';
import { type SampleSource, trainingSource } from './source.ts';

const { packed, training, size } = workerData as LoaderTask;
let source: SampleSource | undefined;

parentPort!.on('message', (index: number) => {
  try {
    source ??= trainingSource(unpackSet(packed), training);
    const draw = source;
    const samples = Array.from({ length: size }, (_, k) => draw(index * size + k));
    const buffers = samples.map(({ pixels }) => pixels.buffer as ArrayBuffer);
    parentPort!.postMessage({ index, samples } satisfies LoaderReply, buffers);
  } catch (error) {
    parentPort!.postMessage({ index, fault: reason(error) } satisfies LoaderReply);
  }
});
