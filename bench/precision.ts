/**
 * What each dtype costs in quality and gives in speed.
 *
 *     npx tsx bench/precision.ts quality [pictures]   the captioner inside, on held-out drawings of the emoji-5 set
 *     npx tsx bench/precision.ts blip FOLDER [pictures]
 *                                                     a BLIP of recipes/blip-capfilt.ts, on held-out drawings that it knows
 *     npx tsx bench/precision.ts memory               what quantising GIT-base keeps in memory at a time
 *     npx tsx bench/precision.ts speed [rounds]       GIT-base with random weights; all dtypes in turn, in one process
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chosenConcepts, placedPairs, validationPairs } from '../recipes/blip/sets.ts';
import { bindWeights } from '../src/checkpoint/index.ts';
import { input, int64, type NDArray, ParameterList, type Tensor, toFloat32 } from '../src/core/index.ts';
import { evaluationSet, openEmojiSet } from '../src/data/index.ts';
import { generate } from '../src/generate/index.ts';
import { type Pixels, pixels } from '../src/image/index.ts';
import { blipConfig } from '../src/models/blip/config.ts';
import { blip } from '../src/models/blip/model.ts';
import { captioning } from '../src/models/blip/pretrain.ts';
import { blipParameters } from '../src/models/blip/tasks.ts';
import { blipNames } from '../src/models/blip/weights.ts';
import { CachedDecoder } from '../src/models/cached-decoder.ts';
import { gitConfig } from '../src/models/git/config.ts';
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

/** What is judged: a model, pictures with right captions, and its loss and logits where it reads the first of them. */
interface Judged {
  name: string;
  model?: string;
  samples: readonly { picture: Pixels; captions: readonly string[] }[];
  score: (dtype: string, feeds: Feeds) => Promise<{ loss: number; logits: Float32Array }>;
}

/** Pixels as the model takes them, and texts of unequal lengths: ids, 1 where there is a word, and -100 where there is none. */
type Feeds = Record<'pixels' | 'ids' | 'mask' | 'labels', NDArray>;

/** `count` of `size` things, evenly. */
const evenly = <T>(count: number, size: number, take: (index: number) => T): T[] =>
  Array.from({ length: Math.min(count, size) }, (_, i) => take(Math.floor((i * size) / Math.min(count, size))));

async function captioner(most: number): Promise<Judged> {
  const { size, sample } = evaluationSet(await openEmojiSet(join(cache, 'emoji-5')), 'val-seen');
  const samples = evenly(most, size, sample).map(({ pixels: data, side, captions }) => ({
    picture: pixels(side, side, data),
    captions,
  }));
  const score = async (dtype: string, feeds: Feeds) => {
    const { config, weights } = await open(undefined, dtype);
    return results(weights, feeds, (inputs) => {
      const model = git(new ParameterList().root, config);
      const picture = model.encode(inputs.pixels);
      const logits = model.head(model.decode(picture, inputs.ids).slice(1, picture.size(1)));
      return { loss: languageModelling(model, inputs), logits };
    });
  };
  return { name: 'captioner', samples, score };
}

async function trainedBlip(folder: string, most: number): Promise<Judged> {
  const set = await openEmojiSet(join(cache, 'emoji-5'));
  const concepts = chosenConcepts(set);
  const pairs = [...validationPairs(set, concepts), ...placedPairs(set, { concepts, count: 594, seed: 13 })];
  const samples = evenly(most, pairs.length, (i) => ({ picture: pairs[i].picture, captions: pairs[i].right }));
  const score = async (dtype: string, feeds: Feeds) => {
    const files = inPrecision(await openModel(folder), { dtype });
    const config = blipConfig(files.config);
    const wanted = blipParameters(config, { encoder: true, decoder: true, heads: true });
    const weights = await bindWeights({ wanted, checkpoint: files.checkpoint, names: blipNames });
    return results(weights, feeds, (inputs) => {
      const model = blip(new ParameterList().root, config);
      return captioning(model, config, { ...inputs, seen: model.see(inputs.pixels) });
    });
  };
  return { name: folder, model: folder, samples, score };
}

async function quality({ name, model: place, samples, score }: Judged): Promise<void> {
  const files = await openModel(place);
  const pictures = samples.map(({ picture }) => picture);
  const tokenizer = await files.tokenizer();
  const rows = samples.map(({ captions }) => tokenizer.encode(captions[0]).ids);
  const length = Math.max(...rows.map((row) => row.length));
  const filled = (fill: number, of = rows) =>
    int64(
      [of.length, length],
      of.flatMap((row) => [...row, ...Array(length - row.length).fill(fill)]),
    );
  const feeds = {
    pixels: files.processor().batch(pictures).pixelValues,
    ids: filled(0),
    mask: filled(
      0,
      rows.map((row) => row.map(() => 1)),
    ),
    labels: filled(-100),
  };

  let reference: { logits: Float32Array; texts: string[] } | undefined;
  console.log(`${name}, ${samples.length} pictures of val-seen`);
  for (const dtype of dtypes) {
    const { loss, logits } = await score(dtype, feeds);
    await using model = await load(place, { dtype });
    const texts: string[] = [];
    for (let at = 0; at < pictures.length; at += 40)
      texts.push(...(await model.caption!(pictures.slice(at, at + 40))).map(({ text }) => text));
    reference ??= { logits, texts };
    const { logits: exact, texts: written } = reference;
    const error = logits.reduce((most, value, i) => Math.max(most, Math.abs(value - exact[i])), 0);
    const same = texts.filter((text, i) => text === written[i]).length;
    const right = texts.filter((text, i) => samples[i].captions.some((one) => sameText(one, text))).length;
    console.log(
      `${dtype}  largest logit error ${error.toExponential(1)}  loss ${loss.toFixed(4)}  ` +
        `right ${share(right, samples.length)}  as fp32 ${share(same, samples.length)}`,
    );
  }
}

const sameText = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
const share = (part: number, all: number) => `${((100 * part) / all).toFixed(1)}%`;

/** Loss and logits of a traced objective; it may leave feeds unread. */
async function results(
  weights: WeightMap,
  feeds: Feeds,
  trace: (inputs: Record<keyof Feeds, Tensor>) => { loss: Tensor; logits: Tensor },
) {
  const named = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]),
  ) as Record<keyof Feeds, Tensor>;
  await using program = await compile({ ...trace(named) }, { weights, prepack: false });
  const read = Object.fromEntries(Object.entries(feeds).filter(([name]) => program.inputs.includes(name)));
  const { loss, logits } = await program.run(read);
  return { loss: Number(loss.data[0]), logits: toFloat32(logits) };
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

const [what = 'quality', ...rest] = process.argv.slice(2);
const count = (text: string | undefined, usual: number) => Number(text ?? usual);
if (what === 'memory') await memory();
else if (what === 'speed') await speed(count(rest[0], 9));
else if (what === 'blip') await quality(await trainedBlip(rest[0], count(rest[1], 660)));
else await quality(await captioner(count(rest[0], 400)));
process.exit(0);
