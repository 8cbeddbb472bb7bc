/** The thread behind `PictureReader`: brings decoded pictures to a model's size. */
import { parentPort, workerData } from 'node:worker_threads';
import { InputError, reason } from '../core/errors.ts';
import type { ProcessorSettings } from './config.ts';
import { geometries } from './geometry.ts';
import type { FitReply, FitTask } from './picture-reader.ts';

const settings = workerData as ProcessorSettings;

parentPort!.on('message', ({ index, picture }: FitTask) => {
  try {
    const { width, height, channels, data } = geometries[settings.type](picture, settings);
    const reply: FitReply = { index, picture: { width, height, channels, data } };
    parentPort!.postMessage(reply, [data.buffer as ArrayBuffer]);
  } catch (error) {
    const reply: FitReply = { index, fault: reason(error), ofInput: error instanceof InputError };
    parentPort!.postMessage(reply);
  }
});
