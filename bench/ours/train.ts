/** Whole training steps on captions: forward, backward, AdamW. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEntry } from '../../src/checkpoint/checkpoint.ts';
import { bindWeights, type NameRules, openCheckpoint } from '../../src/checkpoint/index.ts';
import { input, int64, ParameterList, type Tensor } from '../../src/core/index.ts';
import { blipConfig } from '../../src/models/blip/config.ts';
import { blip } from '../../src/models/blip/model.ts';
import { captioning } from '../../src/models/blip/pretrain.ts';
import { blipNames } from '../../src/models/blip/weights.ts';
import { gitConfig } from '../../src/models/git/config.ts';
import { git } from '../../src/models/git/model.ts';
import { languageModelling } from '../../src/models/git/pretrain.ts';
import { gitNames } from '../../src/models/git/weights.ts';
import type { VisionConfig } from '../../src/nn/index.ts';
import { compileStep, Learner } from '../../src/train/index.ts';
import { answer, ids, job, pixels, profiled, timed } from './worker.ts';

const { batch, threads, tokens = 16, profile } = job;
const parameters = new ParameterList();

interface Task {
  inputs: Record<string, Tensor>;
  loss: Tensor;
  names: NameRules;
  vision: VisionConfig;
  vocabulary: number;
}

const picture = ({ channels, imageSize }: VisionConfig) => input('pixels', [batch, channels, imageSize, imageSize]);
const text = (name: string) => input(name, [batch, tokens], 'int64');

const tasks: Record<string, (stored: unknown) => Task> = {
  git(stored) {
    const config = gitConfig(stored);
    const inputs = { pixels: picture(config.vision), ids: text('ids'), labels: text('labels') };
    const loss = languageModelling(git(parameters.root, config), inputs);
    return { inputs, loss, names: gitNames(config), vision: config.vision, vocabulary: config.text.vocabulary };
  },
  blip(stored) {
    const config = blipConfig(stored);
    const inputs = { pixels: picture(config.vision), ids: text('ids'), mask: text('mask') };
    const model = blip(parameters.root, config);
    const about = { ids: inputs.ids, mask: inputs.mask, seen: model.see(inputs.pixels) };
    const { loss } = captioning(model, config, about, { smoothing: config.smoothing });
    return { inputs, loss, names: blipNames, vision: config.vision, vocabulary: config.text.vocabulary };
  },
};

const stored = JSON.parse(readFileSync(join(job.model, 'config.json'), 'utf8'));
const { inputs, loss, names, vision, vocabulary } = tasks[stored.model_type](stored);
await using step = await compileStep({ parameters, inputs, loss, threads, profile });
const checkpoint = await openCheckpoint(job.model);
const sources = await bindWeights({ wanted: parameters.shapes(), checkpoint, names });
for (const { parameter, start } of step.store.slots) {
  const source = sources.get(parameter.path)!;
  const value =
    source.kind === 'data'
      ? source.value
      : await readEntry({ name: parameter.path, shape: parameter.shape, ...source });
  step.store.values.set(value.data as Float32Array, start);
}

// PyTorch's AdamW decays every parameter, and clipping is not part of it.
const learner = new Learner(step, { optimizer: { rules: [{ match: /./, decay: 0.01 }] }, clip: 0 });
const words = ids(batch, tokens, vocabulary);
const everything = {
  pixels: pixels([batch, vision.channels, vision.imageSize, vision.imageSize]),
  ids: words,
  labels: words,
  mask: int64(words.shape, Array(batch * tokens).fill(1)),
};
const fed = Object.fromEntries(Object.entries(everything).filter(([name]) => name in inputs));
const next = { batch: fed, key: 0 };
const losses: number[] = [];
const ms = await timed(async () => {
  const { loss: now } = await learner.update(async () => next, { rate: 1e-4, count: losses.length + 1 });
  losses.push(now);
});
answer({ values: { ms }, proof: losses, operators: profiled(step.program) });
