/**
 * Trains the default captioner: a small GIT on drawings of single things and on scenes made from them.
 *
 *     npx sightread data build --out .cache/emoji-5
 *     npx tsx recipes/default-captioner.ts --out runs/captioner
 *
 * Cost: 15,000 steps of 32 pictures, about two hours on two quiet cores. A run that was stopped goes on from its last
 * checkpoint; `--from runs/captioner/step-…/weights.safetensors` starts a new run from the weights of another (give it
 * another seed, or it sees the same pictures again). The shipped weights had 4,178 steps, too few to beat the nearest
 * picture by pixels. The scores that it reached stand in the model card beside the weights (assets/captioner/README.md), and
 * `npx tsx recipes/export-captioner.ts` writes weights and card from a run.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { dim, input, type NDArray, ParameterList } from '../src/core/index.ts';
import { openEmojiSet, trainingSource } from '../src/data/index.ts';
import { gitConfig } from '../src/models/git/config.ts';
import { loadTokenizer } from '../src/text/index.ts';
import { compileStep, stopOnInterrupt, terminalProgress, train } from '../src/train/index.ts';
import { captionSamples, exactMatches, validationSets } from './captioner/evaluation.ts';
import { captionerObjective, initialiseCaptioner, startFrom } from './captioner/objective.ts';
import { collate, configuration, makeTokenizer, pictureNormaliser, side } from './captioner/setup.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/captioner' },
    data: { type: 'string', default: '.cache/emoji-5' },
    steps: { type: 'string', default: '15000' },
    batch: { type: 'string', default: '32' },
    rate: { type: 'string', default: '5e-4' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string' },
  },
});
const [steps, batch, seed] = [values.steps, values.batch, values.seed].map(Number);

const set = await openEmojiSet(values.data);
// Weights and vocabulary belong together: a run that goes on from another keeps that one's words.
const tokenizer = values.from ? await loadTokenizer(dirname(dirname(values.from))) : makeTokenizer(set);
const published = configuration(tokenizer);
const config = gitConfig(published);
mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, 'config.json'), JSON.stringify(published, undefined, 2));
writeFileSync(join(values.out, 'tokenizer.json'), JSON.stringify(tokenizer.json));

/**
 * Mostly shapes and single things until the model looks at the picture at all; then everything. Four pictures in five are
 * clean: with two in five the model learned far more slowly (one run each, not repeated).
 */
const looking = 8000;
const sources = [
  { single: 40, shape: 40, colour: 10, count: 5, relation: 5 },
  { single: 66, shape: 4, count: 10, relation: 10, list: 2, colour: 8 },
].map((mix) => [true, false].map((augment) => trainingSource(set, { side, seed, mix, augment })));
const sample = (index: number) => sources[index < looking && !values.from ? 0 : 1][index % 5 === 0 ? 0 : 1](index);
const normalise = pictureNormaliser();
const data = async (index: number): Promise<Record<string, NDArray>> =>
  collate(
    Array.from({ length: batch }, (_, i) => sample(index * batch + i)),
    tokenizer,
    normalise,
  );

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

const sets = validationSets(set, 240);
await train({
  step,
  data,
  steps,
  schedule: { kind: 'cosine', peak: Number(values.rate), warmup: Math.min(250, steps / 10), steps, floor: 1e-5 },
  optimizer: { decay: 0.05, rules: [{ match: /bias|norm|class|positions/i, decay: 0 }] },
  clip: 1,
  average: 0.998,
  folder: values.out,
  seed,
  saveEvery: 250,
  keep: 2,
  evaluateEvery: 500,
  async evaluate(weights) {
    const scores: Record<string, number> = {};
    const samples = [];
    for (const [name, items] of Object.entries(sets)) {
      const captions = await captionSamples(items, config, weights, tokenizer, normalise);
      scores[name] = exactMatches(captions, items);
      samples.push(...captions.slice(0, 4).map((prediction, i) => ({ prediction, target: items[i].caption })));
    }
    console.error(
      scores,
      samples.map(({ prediction, target }) => `${target} → ${prediction}`),
    );
    return { scores };
  },
  signal: stopOnInterrupt().signal,
  onProgress: terminalProgress(),
});
