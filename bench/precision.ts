/**
 * What each dtype costs in quality and gives in speed.
 *
 *     npx tsx bench/precision.ts quality [pictures]   the captioner inside, on held-out drawings of the emoji-5 set
 *     npx tsx bench/precision.ts memory               what quantising GIT-base keeps in memory at a time
 *     npx tsx bench/precision.ts speed [rounds]       GIT-base with random weights; all dtypes in turn, in one process
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bindWeights } from '../src/checkpoint/index.ts';
import { input, int64, type NDArray, ParameterList, toFloat32 } from '../src/core/index.ts';
import { evaluationSet, openEmojiSet, type Sample } from '../src/data/index.ts';
import { generate } from '../src/generate/index.ts';
import { CachedDecoder } from '../src/models/cached-decoder.ts';
import { type GitConfig, gitConfig } from '../src/models/git/config.ts';
import { git } from '../src/models/git/model.ts';
import { languageModelling } from '../src/models/git/pretrain.ts';
import { compileSight, compileText } from '../src/models/git/programs.ts';
import { gitParameters } from '../src/models/git/tasks.ts';
import { gitNames } from '../src/models/git/weights.ts';
import { load, openModel, quantize } from '../src/models/load.ts';
import { inPrecision } from '../src/models/reduced.ts';
import type { WeightMap } from '../src/models/running.ts';
import { compile } from '../src/runtime/index.ts';
import { median } from './job.ts';

const cache = join(import.meta.dirname, '..', '.cache');
const dtypes = ['fp32', 'fp16', 'q8', 'q4'] as const;

async function open(model: string | undefined, dtype: string) {
  const files = inPrecision(await openModel(model), { dtype });
  const config = gitConfig(files.config);
  const weights = await bindWeights({
    wanted: gitParameters(config),
    checkpoint: files.checkpoint,
    names: gitNames(config),
  });
  return { files, config, weights };
}

async function quality(most: number): Promise<void> {
  const { files } = await open(undefined, 'fp32');
  const { size, sample } = evaluationSet(await openEmojiSet(join(cache, 'emoji-5')), 'val-seen');
  const count = Math.min(most, size);
  const samples = Array.from({ length: count }, (_, i) => sample(Math.floor((i * size) / count)));
  const pictures = samples.map(({ pixels, side }) => ({
    width: side,
    height: side,
    channels: 3 as const,
    data: pixels,
  }));
  const tokenizer = await files.tokenizer();
  const rows = samples.map(({ caption }) => tokenizer.encode(caption).ids);
  const length = Math.max(...rows.map((row) => row.length));
  const filled = (fill: number) =>
    int64(
      [count, length],
      rows.flatMap((row) => [...row, ...Array(length - row.length).fill(fill)]),
    );
  const feeds = { pixels: files.processor().batch(pictures).pixelValues, ids: filled(0), labels: filled(-100) };

  let reference: { logits: Float32Array; texts: string[] } | undefined;
  console.log(`captioner, ${count} pictures of val-seen`);
  for (const dtype of dtypes) {
    const { config, weights } = await open(undefined, dtype);
    const { loss, logits } = await score(config, weights, feeds);
    await using model = await load(undefined, { dtype });
    const texts: string[] = [];
    for (let at = 0; at < count; at += 40)
      texts.push(...(await model.caption!(pictures.slice(at, at + 40))).map(({ text }) => text));
    reference ??= { logits, texts };
    const { logits: exact, texts: written } = reference;
    const error = logits.reduce((most, value, i) => Math.max(most, Math.abs(value - exact[i])), 0);
    const same = texts.filter((text, i) => text === written[i]).length;
    console.log(
      `${dtype}  largest logit error ${error.toExponential(1)}  loss ${loss.toFixed(4)}  ` +
        `right ${share(rightOf(texts, samples), count)}  as fp32 ${share(same, count)}`,
    );
  }
}

const rightOf = (texts: readonly string[], samples: readonly Sample[]) =>
  texts.filter((text, i) => samples[i].captions.some((right) => right.toLowerCase() === text.toLowerCase())).length;
const share = (part: number, all: number) => `${((100 * part) / all).toFixed(1)}%`;

/** Loss and logits of the right captions, read beside their pictures. */
async function score(config: GitConfig, weights: WeightMap, feeds: Record<string, NDArray>) {
  const model = git(new ParameterList().root, config);
  const named = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]),
  ) as Record<'pixels' | 'ids' | 'labels', ReturnType<typeof input>>;
  const picture = model.encode(named.pixels);
  const logits = model.head(model.decode(picture, named.ids).slice(1, picture.size(1)));
  await using program = await compile({ loss: languageModelling(model, named), logits }, { weights, prepack: false });
  const result = await program.run(feeds);
  return { loss: Number(result.loss.data[0]), logits: toFloat32(result.logits) };
}

const tokens = 20;
const parts = ['encoder', 'memory', 'decode'] as const;
type Part = (typeof parts)[number];

interface Side {
  dtype: string;
  works: Record<Part, () => Promise<unknown>>;
  times: Record<Part, number[]>;
}

async function speed(rounds: number): Promise<void> {
  const folder = join(cache, 'bench', 'git-base');
  await mkdir(folder, { recursive: true });
  const sides: Side[] = [];
  for (const dtype of ['fp32', 'q8', 'q4'] as const) {
    const { config, weights } = await open(folder, dtype);
    const { channels, imageSize } = config.vision;
    const model = git(new ParameterList().root, config);
    const tower = await compile(
      { seen: model.see(input('pixels', [1, channels, imageSize, imageSize])) },
      { weights, prepack: false },
    );
    const sight = await compileSight(config, weights, { height: imageSize, width: imageSize });
    const text = await compileText(config, weights);
    const shape = [1, channels, imageSize, imageSize];
    const size = channels * imageSize ** 2;
    const pixels: NDArray = {
      dtype: 'float32',
      shape,
      data: Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
    };
    const memory = await sight.run({ pixels });
    const decode = async () => {
      const decoder = new CachedDecoder({ program: text, text: config.text, memory });
      const lengths = { minNewTokens: tokens, maxNewTokens: tokens, eos: config.eos, pad: config.pad };
      await generate(decoder, { ids: [[config.bos]] }, lengths);
    };
    const works = { encoder: () => tower.run({ pixels }), memory: () => sight.run({ pixels }), decode };
    // Repacking of float32 weights happens by itself after some rows: it must be over when the clock starts.
    for (let i = 0; i < 3; i++) for (const work of Object.values(works)) await work();
    sides.push({ dtype, works, times: { encoder: [], memory: [], decode: [] } });
  }
  for (let round = 0; round < rounds; round++)
    for (const what of parts)
      for (const { works, times } of sides) {
        const start = performance.now();
        await works[what]();
        times[what].push(performance.now() - start);
      }
  console.log(
    `GIT-base, random weights, ${rounds} rounds; medians, and the median of ratios to fp32 of the same round`,
  );
  for (const what of parts)
    for (const { dtype, times } of sides) {
      const each = what === 'decode' ? tokens : 1;
      const ratio = median(times[what].map((ms, i) => sides[0].times[what][i] / ms));
      console.log(`${what.padEnd(8)} ${dtype}  ${(median(times[what]) / each).toFixed(2)} ms  ${ratio.toFixed(2)}x`);
    }
}

async function memory(): Promise<void> {
  const folder = join(cache, 'bench', 'git-base');
  const { checkpoint } = await openModel(folder);
  const largest = Math.max(...[...checkpoint.entries.values()].map(({ byteLength }) => byteLength));
  for (const dtype of ['q8', 'q4'] as const) {
    const out = await mkdtemp(join(tmpdir(), 'quantise-'));
    const before = process.memoryUsage().rss;
    let peak = before;
    const onReduce = () => {
      peak = Math.max(peak, process.memoryUsage().rss);
    };
    const start = performance.now();
    await quantize(folder, { dtype, out, onReduce });
    const seconds = (performance.now() - start) / 1000;
    const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
    console.log(
      `${dtype}  largest tensor ${mb(largest)}, memory grew by ${mb(peak - before)}, ${seconds.toFixed(1)} s`,
    );
    await rm(out, { recursive: true });
  }
}

const [what = 'quality', number] = process.argv.slice(2);
if (what === 'memory') await memory();
else if (what === 'speed') await speed(Number(number ?? 9));
else await quality(Number(number ?? 400));
process.exit(0);
