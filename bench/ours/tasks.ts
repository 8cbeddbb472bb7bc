/** What a captioner is asked, stage after stage, in the precision of the job's mode: by its tasks, as any user would. */
import { constant, float32 } from '../../src/core/index.ts';
import { decodeImage } from '../../src/image/index.ts';
import { load } from '../../src/models/load.ts';
import type { LoadedModel } from '../../src/models/model.ts';
import { repackSight, repackText } from '../../src/models/running.ts';
import { evaluate, type Program, runInParts } from '../../src/runtime/index.ts';
import type { Stage } from '../job.ts';
import { openParts, type Parts } from './families.ts';
import { answer, brief, job, pixels, timed } from './worker.ts';

const { threads, mode: dtype = 'fp32', stages = [] } = job;
type Proof = (number | string)[];
type Measured = { ms: number; proof?: Proof };

// The engine's library is loaded before anything is timed.
await evaluate({ one: constant(float32([1], [1])) });
const picture = await decodeImage(job.picture!);

/** A process at work has repacked its weights, so nothing is timed before that. */
const settles = dtype === 'fp32' && !brief;

async function settle(model: LoadedModel): Promise<void> {
  const pictures = repackSight.afterRows;
  const tokens = Math.ceil(repackText.afterRows / pictures);
  const lengths = { minNewTokens: tokens, maxNewTokens: tokens };
  if (model.caption) {
    await model.caption(Array(pictures).fill(picture), lengths);
    return;
  }
  for (let i = 0; i < pictures; i++) {
    await model.answer?.(picture, 'settled?', lengths);
    await model.match?.(picture, ['settled']);
  }
}

/** The model that the last stage asked, and its tower: one at a time is in memory. */
let asked: { model: string; loaded: LoadedModel } | undefined;
let seeing: { model: string; parts: Parts; program: Program } | undefined;

async function ask(model: string): Promise<LoadedModel> {
  if (asked?.model === model) return asked.loaded;
  await release();
  const loaded = await load(model, { dtype, threads });
  asked = { model, loaded };
  if (settles) await settle(loaded);
  return loaded;
}

async function tower(model: string) {
  if (seeing?.model === model) return seeing;
  await release();
  const parts = await openParts(model, dtype);
  seeing = { model, parts, program: await parts.tower({ threads }) };
  const feeds = { pixels: pixels([1, ...parts.frame]) };
  if (settles) for (let i = 0; i < repackSight.afterRows; i++) await seeing.program.run(feeds);
  return seeing;
}

async function release(): Promise<void> {
  await asked?.loaded.release();
  await seeing?.program.release();
  asked = seeing = undefined;
}

const measures: Record<Stage['kind'], (stage: Stage) => Promise<Measured>> = {
  /** From a folder's name to programs that are ready to run. */
  async open({ model }) {
    const start = performance.now();
    const programs = await (await openParts(model, dtype)).caption({ threads });
    const ms = performance.now() - start;
    for (const program of programs) await program.release();
    return { ms };
  },

  /** Pixels in memory to normed tokens in memory. */
  async encoder({ model, batch = 1, ...lengths }) {
    const { parts, program } = await tower(model);
    const feeds = { pixels: pixels([batch, ...parts.frame]) };
    return await repeated(lengths, async () => {
      const data = Object.values(await runInParts(program, feeds, { rows: parts.atOnce }))[0].data as Float32Array;
      return [...data.slice(0, 4), ...data.slice(-4)];
    });
  },

  async caption({ model, beams, tokens, ...lengths }) {
    const loaded = await ask(model);
    const options = { beams, minNewTokens: tokens, maxNewTokens: tokens };
    return await repeated(lengths, async () => [(await loaded.caption!([picture], options))[0].text]);
  },

  async answer({ model, tokens, texts = [], ...lengths }) {
    const loaded = await ask(model);
    const options = { minNewTokens: tokens, maxNewTokens: tokens };
    return await repeated(lengths, async () => [(await loaded.answer!(picture, texts[0], options)).text]);
  },

  async match({ model, texts = [], ...lengths }) {
    const loaded = await ask(model);
    return await repeated(lengths, async () => await loaded.match!(picture, texts));
  },
};

async function repeated(lengths: Pick<Stage, 'warmup' | 'repeat'>, work: () => Promise<Proof>): Promise<Measured> {
  let proof: Proof = [];
  const ms = await timed(async () => {
    proof = await work();
  }, lengths);
  return { ms, proof };
}

const values: Record<string, number> = {};
const proofs: Proof = [];
for (const stage of stages) {
  const { ms, proof = [] } = await measures[stage.kind](stage);
  values[stage.name] = ms;
  proofs.push(...proof);
}
await release();
answer({ values, proof: proofs });
