/** Whole training steps: forward, backward, AdamW. */
import { openCheckpoint, publishedName } from '../../src/checkpoint/index.ts';
import { input, ParameterList } from '../../src/core/index.ts';
import { git } from '../../src/models/git/model.ts';
import { languageModelling } from '../../src/models/git/pretrain.ts';
import { gitNames } from '../../src/models/git/weights.ts';
import { compileStep, Learner } from '../../src/train/index.ts';
import { answer, ids, job, pixels, profiled, readConfig, timed } from './worker.ts';

const config = readConfig();
const { batch, threads, tokens = 16, profile } = job;
const { channels, imageSize } = config.vision;
const frame = [batch, channels, imageSize, imageSize];
const inputs = {
  pixels: input('pixels', frame),
  ids: input('ids', [batch, tokens], 'int64'),
  labels: input('labels', [batch, tokens], 'int64'),
};
const parameters = new ParameterList();
const loss = languageModelling(git(parameters.root, config), inputs);
await using step = await compileStep({ parameters, inputs, loss, threads, profile });
const checkpoint = await openCheckpoint(job.model);
const names = gitNames(config);
for (const { parameter, start } of step.store.slots)
  step.store.values.set((await checkpoint.read(publishedName(parameter.path, names))).data as Float32Array, start);

// PyTorch's AdamW decays every parameter, and clipping is not part of it.
const learner = new Learner(step, { optimizer: { rules: [{ match: /./, decay: 0.01 }] }, clip: 0 });
const text = ids(batch, tokens, config.text.vocabulary);
const next = { batch: { pixels: pixels(frame), ids: text, labels: text }, key: 0 };
const losses: number[] = [];
const ms = await timed(async () => {
  const { loss: now } = await learner.update(async () => next, { rate: 1e-4, count: losses.length + 1 });
  losses.push(now);
});
answer({ values: { ms }, proof: losses, operators: profiled(step.program) });
