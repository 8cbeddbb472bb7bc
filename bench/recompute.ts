/**
 * What a train step holds in memory and how long it takes, with and without computing the insides of blocks again.
 *
 *     npx tsx bench/recompute.ts [--batches 2,8] [--width 768] [--steps 4] [--runs 1]
 *
 * GIT-base, or one as deep and narrower, with random weights, and the gradients of all its parameters; each measurement in a
 * process of its own, in turn.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { float32, input, int64, ParameterList } from '../src/core/index.ts';
import { gitConfig } from '../src/models/git/config.ts';
import { git } from '../src/models/git/model.ts';
import { languageModelling } from '../src/models/git/pretrain.ts';
import { type Engine, nodeEngine } from '../src/runtime/index.ts';
import { compileStep } from '../src/train/index.ts';
import { median } from './job.ts';

const { values } = parseArgs({
  options: {
    batches: { type: 'string', default: '2,8' },
    width: { type: 'string', default: '768' },
    runs: { type: 'string', default: '1' },
    /** Steps of a measurement; the first is not timed, unless it is the only one. */
    steps: { type: 'string', default: '4' },
    /** Inside a measuring process: pictures in a batch, and the options of a way. */
    measure: { type: 'string' },
    recompute: { type: 'boolean', default: false },
    planned: { type: 'boolean', default: false },
  },
});

/** Ways to hold what a step computes. */
const ways = [
  { title: 'kept, in memory that the engine lays out', flags: ['--planned'] },
  { title: 'kept', flags: [] },
  { title: 'computed again', flags: ['--recompute'] },
];

/** As inference has it; see `planMemory` of runtime/engine.ts. */
const planning: Engine = {
  ...nodeEngine,
  open: (model, options) => nodeEngine.open(model, { ...options, planMemory: true }),
};

interface Measured {
  ms: number;
  /** Peak of the process, and what the steps added to weights and gradients. */
  peak: number;
  steps: number;
}

/** A line of /proc/self/status, in MB. */
const memory = (line: 'VmHWM' | 'VmRSS') =>
  Number(new RegExp(`${line}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1000;

async function measure(batch: number): Promise<Measured> {
  const width = Number(values.width);
  const sizes = { hidden_size: width, intermediate_size: 4 * width, num_attention_heads: width / 64 };
  const noDropout = { hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 };
  const config = gitConfig({ model_type: 'git', ...sizes, ...noDropout, vision_config: sizes });
  const { imageSize, channels } = config.vision;
  const tokens = 16;
  const inputs = {
    pixels: input('pixels', [batch, channels, imageSize, imageSize]),
    ids: input('ids', [batch, tokens], 'int64'),
    labels: input('labels', [batch, tokens], 'int64'),
  };
  const parameters = new ParameterList();
  const loss = languageModelling(git(parameters.root, config), inputs);
  const engine = values.planned ? planning : nodeEngine;
  await using step = await compileStep({ parameters, inputs, loss, recompute: values.recompute, engine });
  step.store.initialise(1);
  const gradients = step.store.arena.floats(step.store.trainableLength).fill(0);
  const pixels = new Float32Array(batch * channels * imageSize ** 2).map((_, i) => Math.sin(i));
  const ids = int64([batch, tokens], new BigInt64Array(batch * tokens).fill(110n));
  const feeds = { pixels: float32(inputs.pixels.shape as number[], pixels), ids, labels: ids };

  const before = memory('VmRSS');
  // Makes the kernel forget the peak of getting here.
  writeFileSync('/proc/self/clear_refs', '5');
  const times: number[] = [];
  for (let i = 0; i < Number(values.steps); i++) {
    const start = performance.now();
    await step.run(feeds, gradients);
    times.push(performance.now() - start);
  }
  const peak = memory('VmHWM');
  return { ms: median(times.length > 1 ? times.slice(1) : times), peak, steps: peak - before };
}

function inProcess(batch: number, flags: readonly string[]): Measured {
  const args = [
    '--import',
    'tsx',
    import.meta.filename,
    '--width',
    values.width,
    '--steps',
    values.steps,
    '--measure',
    `${batch}`,
    ...flags,
  ];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`batch ${batch}: ended with ${status}\n${stderr}`);
  return JSON.parse(stdout) as Measured;
}

if (values.measure) console.log(JSON.stringify(await measure(Number(values.measure))));
else {
  console.log(
    '| batch | insides of blocks | step | peak memory | of it for the step |\n| ---: | --- | ---: | ---: | ---: |',
  );
  for (const batch of values.batches.split(',').map(Number)) {
    const measured = ways.map((): Measured[] => []);
    for (let run = 0; run < Number(values.runs); run++)
      for (const [i, { flags }] of ways.entries()) measured[i].push(inProcess(batch, flags));
    for (const [i, { title }] of ways.entries()) {
      const of = (name: keyof Measured) => median(measured[i].map((one) => one[name]));
      const cells = [
        `${(of('ms') / 1000).toFixed(2)} s`,
        `${of('peak').toFixed(0)} MB`,
        `${of('steps').toFixed(0)} MB`,
      ];
      console.log(`| ${[batch, title, ...cells].join(' | ')} |`);
    }
  }
}
