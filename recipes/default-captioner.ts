/**
 * Trains the default captioner: a small GIT on drawings of single things and on scenes made from them.
 *
 *     npx sightread data build --out .cache/emoji-5
 *     npx tsx recipes/default-captioner.ts --out runs/things --side 64 --batch 64 --rate 8e-4 --mix things --steps 6000
 *     npx tsx recipes/default-captioner.ts --out runs/scenes --from runs/things/step-000006000/average.safetensors --seed 2
 *     npx tsx recipes/export-captioner.ts --run runs/scenes --out assets/captioner
 *
 * Two stages: small pictures of mostly single things, which cost a third, then full size and scenes. A run that was
 * stopped goes on from its last checkpoint; `--from` starts a new run from the weights of another (give it another
 * seed, or it sees the same pictures again). Stages, cost and scores of the shipped weights stand in the model card
 * beside them (assets/captioner/README.md); each run writes its own line of that into history.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { dim, input, ParameterList, UsageError } from '../src/core/index.ts';
import { openEmojiSet } from '../src/data/index.ts';
import { gitConfig } from '../src/models/git/config.ts';
import { loadTokenizer } from '../src/text/index.ts';
import {
  compileStep,
  startThread,
  stopOnInterrupt,
  terminalProgress,
  train,
  workerBatches,
  workerEvaluation,
} from '../src/train/index.ts';
import type { BatchTask } from './captioner/batches.ts';
import { type Stage, stagesBefore } from './captioner/history.ts';
import type { JudgeTask } from './captioner/judge.ts';
import { captionerObjective, initialiseCaptioner, startFrom } from './captioner/objective.ts';
import { configuration, fullSide, makeTokenizer } from './captioner/setup.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/captioner' },
    data: { type: 'string', default: '.cache/emoji-5' },
    steps: { type: 'string', default: '6000' },
    batch: { type: 'string', default: '32' },
    rate: { type: 'string', default: '5e-4' },
    seed: { type: 'string', default: '1' },
    side: { type: 'string', default: `${fullSide}` },
    mix: { type: 'string', default: 'scenes' },
    /** Samples in a hundred that are drawn in another style; more of them, and the model learns far more slowly. */
    styled: { type: 'string', default: '15' },
    from: { type: 'string' },
  },
});
/** Kinds of samples in a hundred. */
const mixes = {
  things: { single: 80, shape: 6, count: 4, relation: 6, colour: 4 },
  scenes: { single: 60, shape: 3, count: 13, relation: 15, list: 2, colour: 7 },
};
const [steps, batch, seed, side] = [values.steps, values.batch, values.seed, values.side].map(Number);

const set = await openEmojiSet(values.data);
// Weights and vocabulary belong together: a run that goes on from another keeps that one's words.
const tokenizer = values.from ? await loadTokenizer(dirname(dirname(values.from))) : makeTokenizer(set);
const published = configuration(tokenizer, side);
const config = gitConfig(published);
mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, 'config.json'), JSON.stringify(published, undefined, 2));
writeFileSync(join(values.out, 'tokenizer.json'), JSON.stringify(tokenizer.json));
const stage: Stage = { steps, batch, side, mix: values.mix, styled: Number(values.styled), rate: Number(values.rate) };
const earlier = values.from ? stagesBefore(values.from) : [];
writeFileSync(join(values.out, 'history.json'), JSON.stringify([...earlier, stage], undefined, 2));

const mix = mixes[values.mix as keyof typeof mixes];
if (!mix) throw new UsageError(`--mix ${values.mix}: choose ${Object.keys(mixes).join(' or ')}`);
const { packed } = set;
const words = tokenizer.json;
const drawing: BatchTask = { packed, tokenizer: words, training: { side, seed, mix }, batch, styled: stage.styled };
const judging: JudgeTask = { packed, tokenizer: words, configuration: published, most: 240 };
const drawer = startThread(new URL('./captioner/batches.ts', import.meta.url), drawing);
const judge = startThread(new URL('./captioner/judge.ts', import.meta.url), judging);

const parameters = new ParameterList();
const inputs = {
  pixels: input('pixels', [batch, 3, side, side]),
  ids: input('ids', [batch, dim('tokens')], 'int64'),
  labels: input('labels', [batch, dim('tokens')], 'int64'),
};
const { loss, metrics } = captionerObjective(parameters, config, inputs);
const step = await compileStep({ parameters, inputs, loss, metrics });
initialiseCaptioner(step, seed);
if (values.from) await startFrom(step, values.from);
console.error(`${(parameters.count / 1e6).toFixed(2)} M parameters, ${tokenizer.vocabularySize} tokens`);

await train({
  step,
  data: workerBatches(drawer),
  steps,
  schedule: { kind: 'cosine', peak: Number(values.rate), warmup: Math.min(250, steps / 10), steps, floor: 1e-5 },
  optimizer: { decay: 0.05, rules: [{ match: /bias|norm|class|positions/i, decay: 0 }] },
  clip: 1,
  average: 0.995,
  folder: values.out,
  seed,
  saveEvery: 250,
  keep: 3,
  evaluateEvery: 500,
  evaluate: workerEvaluation(judge),
  beside: true,
  onEvaluation: ({ step, scores, samples = [], fault }) =>
    console.error(
      fault ? `\nstep ${step} was not judged: ${fault}` : `\nstep ${step}`,
      scores,
      samples.map(({ expected, predicted }) => `${expected} → ${predicted}`),
    ),
  signal: stopOnInterrupt().signal,
  onProgress: terminalProgress(),
});
// After an interrupt a thread may still be at work that nobody waits for.
await Promise.all([drawer.terminate(), judge.terminate()]);
