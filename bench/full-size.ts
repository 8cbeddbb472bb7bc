/**
 * Published sizes beside transformers: random files that `save_pretrained` writes, opened here, and asked the same about
 * one photograph.
 *
 *     SIGHTREAD_PYTHON=… npx tsx bench/full-size.ts [--only blip-base-caption,…] [--threads 2] [--folder .cache/full-size]
 *
 * For each file: the largest error of what a whole forward pass gives (logits, mostly); whether generated ids are equal,
 * greedy and with three beams; the largest error of what tasks return (scores, probabilities, cosines), whose texts must be
 * equal; the time from the folder's name to the first result, and the greatest memory until then. A `-pth` file has the
 * authors' names, and its tasks are held against transformers with the same numbers. One file exists at a time: up to 5 GB.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeImage, encodePng } from '../src/image/index.ts';
import type { Check } from '../src/verify/index.ts';
import type { Job, Sample } from './job.ts';
import { describeMachine } from './machine.ts';
import { askOurs, askPeer } from './processes.ts';

interface File {
  name: string;
  class: string;
  /** What is asked of it. `similarity` is of a class that no task opens: it is verified alone. */
  task: 'caption' | 'answer' | 'match' | 'similarity' | 'classify';
  size: 'base' | 'large';
  /** Of the square that a picture is seen as, in pixels. */
  side: number;
  /** In the authors' layout, whose picture tower has another epsilon. */
  original: boolean;
}

export interface FullSizeJob extends Job, File {
  picture: string;
  texts: readonly string[];
  question: string;
  answers: readonly string[];
  tokens: number;
  /** Beams of the texts that a user asks for. */
  searches: readonly number[];
}

export interface FullSizeAnswer extends Sample {
  checks: Check[];
}

const base = { size: 'base', side: 384, original: false } as const;
const captioner = { class: 'BlipForConditionalGeneration', task: 'caption' } as const;
const answerer = { class: 'BlipForQuestionAnswering', task: 'answer' } as const;
const matcher = { class: 'BlipForImageTextRetrieval', task: 'match' } as const;
const git = { class: 'GitForCausalLM', task: 'caption' } as const;

/** The first part of a name is the family. */
const files: readonly File[] = [
  { name: 'blip-base-caption', ...captioner, ...base },
  { name: 'blip-base-answer', ...answerer, ...base },
  { name: 'blip-base-match', ...matcher, ...base },
  { name: 'blip-base-model', class: 'BlipModel', task: 'similarity', ...base },
  { name: 'blip-large-caption', ...captioner, ...base, size: 'large' },
  { name: 'blip-large-match', ...matcher, ...base, size: 'large' },
  { name: 'blip-base-caption-pth', ...captioner, ...base, original: true },
  { name: 'blip-base-answer-pth', ...answerer, ...base, side: 480, original: true },
  { name: 'blip-base-match-pth', ...matcher, ...base, original: true },
  { name: 'git-base', ...git, ...base, side: 224 },
  { name: 'git-large', ...git, ...base, side: 224, size: 'large' },
  { name: 'vilt-answer', class: 'ViltForQuestionAnswering', task: 'classify', ...base },
];

const root = join(import.meta.dirname, '..');
/** Of a development dependency: people in a hall, below smaller photographs. */
const photograph = join(root, 'node_modules', '@vladmandic', 'human', 'assets', 'samples.jpg');
const asked = {
  texts: ['people stand in a bright hall', 'a red bus', 'two dogs on a beach with a ball'],
  question: 'how many people are in the picture?',
  tokens: 20,
};
/** A list to choose from; ViLT has an output for each of its answers. */
const answersOf = ({ task }: File) =>
  task === 'classify'
    ? Array.from({ length: 3129 }, (_, i) => `answer ${i}`)
    : ['one', 'two dogs', 'yes', 'a red bus in the street'];

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    threads: { type: 'string', default: '2' },
    folder: { type: 'string', default: join(root, '.cache', 'full-size') },
  },
});
const { folder } = values;
const threads = Number(values.threads);
const only = values.only?.flatMap((names) => names.split(','));
const unknown = only?.filter((name) => !files.some((file) => file.name === name)) ?? [];
if (unknown.length) stop(`no file ${unknown.join(', ')}; there are ${files.map(({ name }) => name).join(', ')}`);
const { peer } = await describeMachine();
if (!peer.present) stop(peer.reason);

mkdirSync(folder, { recursive: true });
// Decoders of JPEG differ by a level or two: both sides get what ours makes of it.
const picture = join(folder, 'picture.png');
writeFileSync(picture, await encodePng(await decodeImage(photograph)));

const headings = ['file', 'parameters', 'forward', 'greedy ids', 'beam ids', 'tasks', 'first result, s', 'peak, MiB'];
printRow(headings);
printRow(headings.map((_, i) => (i ? '---:' : '---')));
for (const file of files) if (!only || only.includes(file.name)) printRow(await compare(file));

/** Has the other side write the file, asks ours, deletes it; gives a row of the table. */
async function compare(file: File): Promise<string[]> {
  console.error(`${file.name} …`);
  const { original } = file;
  const model = join(folder, file.name);
  const settings = { threads, batch: 1, warmup: 0, repeat: 1, picture, searches: original ? [1, 3] : [1] };
  const job: FullSizeJob = { ...file, ...asked, ...settings, model, answers: answersOf(file) };
  rmSync(model, { recursive: true, force: true });
  try {
    const theirs = await askPeer('full_size', job);
    const ours = (await askOurs('full-size', {
      ...job,
      ...(original && { model: join(model, 'original') }),
    })) as FullSizeAnswer;
    for (const { name, pass, note, error } of ours.checks)
      if (!pass) console.error(`${file.name}: ${name}: ${note ?? error}`);
    console.error(`${file.name}: ${ours.proof.slice(0, 6).join(' | ')}`);
    const errors = ours.checks.flatMap(({ name, error }) => (/^generate/.test(name) ? [] : (error ?? [])));
    const { ms, mb } = ours.values;
    return [
      file.name,
      `${Math.round(theirs.values.parameters / 1e6)} M`,
      errors.length ? Math.max(...errors).toExponential(1) : '',
      ...['generate 0', 'generate 1'].map((name) => sameIds(ours.checks, name)),
      ours.proof.length ? difference(ours.proof, theirs.proof) : '',
      ms ? (ms / 1000).toFixed(1) : '',
      mb ? mb.toFixed(0) : '',
    ];
  } finally {
    rmSync(model, { recursive: true, force: true });
  }
}

function sameIds(checks: readonly Check[], name: string): string {
  const check = checks.find((check) => check.name === name);
  return check ? (check.pass ? 'equal' : 'different') : '';
}

/** The largest difference of two sides' numbers, and whether their texts differ. */
function difference(ours: Sample['proof'], theirs: Sample['proof']): string {
  const error = (value: number | string, i: number) => Math.abs(Number(value) - Number(theirs[i]));
  const sameTexts = ours.length === theirs.length && ours.every((x, i) => typeof x === 'number' || x === theirs[i]);
  const largest = Math.max(...ours.map((x, i) => (typeof x === 'number' ? error(x, i) : 0)));
  return `${sameTexts ? '' : 'texts differ; '}${largest.toExponential(1)}`;
}

function printRow(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function stop(message: string): never {
  console.error(`full-size: ${message}`);
  process.exit(2);
}
