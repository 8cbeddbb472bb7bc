/** The thread of `openJudge`: captions the pictures that are held out with the model in training, beside its steps. */
import { workerData } from 'node:worker_threads';
import { serveEvaluation } from '../../train/index.ts';
import { type Judging, judge, writeModel } from './result.ts';

const { folder, model, pictures } = workerData as Judging;

serveEvaluation(async (weights) => {
  await writeModel(folder, model, weights);
  return judge(folder, pictures);
});
