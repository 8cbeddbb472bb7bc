/** What a training leaves: a model folder that every command can name, and how good it is. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { publishTensors, writeSafetensors } from '../../checkpoint/index.ts';
import type { NDArray } from '../../core/index.ts';
import { programBeside, startThread } from '../../core/thread.ts';
import { replaceFile } from '../../data/index.ts';
import { captionMetrics } from '../../metrics/index.ts';
import { gitNames } from '../../models/git/weights.ts';
import { load } from '../../models/load.ts';
import { type Evaluate, type Evaluation, workerEvaluation } from '../../train/index.ts';
import { thumbnail } from '../page.ts';
import type { HeldOut } from './examples.ts';
import type { Start } from './start.ts';

/** What a model folder holds beside weights. */
export type ModelFiles = Pick<Start, 'config' | 'files'>;

/** Writes the model; the weights come last, so that a folder with weights is whole. */
export async function writeModel(
  folder: string,
  { config, files }: ModelFiles,
  weights: ReadonlyMap<string, NDArray>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await replaceFile(join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`);
  }
  const published = publishTensors(weights, gitNames(config));
  await writeSafetensors(join(folder, 'model.safetensors'), published, { metadata: { format: 'pt' } });
}

export interface Judging {
  folder: string;
  model: ModelFiles;
  pictures: readonly HeldOut[];
}

/** Judges weights in a thread of its own, which leaves the model in `folder`; `close` stops it. */
export function openJudge({ folder, model: { config, files }, pictures }: Judging): {
  evaluate: Evaluate;
  close: () => Promise<unknown>;
} {
  const task: Judging = { folder, model: { config, files }, pictures };
  const thread = startThread(programBeside('judge-worker', import.meta.url), task);
  return { evaluate: workerEvaluation(thread), close: () => thread.terminate() };
}

/** Pictures captioned at a time, and pictures shown in the report. */
const [together, shown] = [16, 8];

/** Captions the pictures with the model in `folder`, as a user would, and scores the captions. */
export async function judge(folder: string, pictures: readonly HeldOut[]): Promise<Evaluation> {
  // Steps go on meanwhile: one of the processor's cores is enough.
  await using model = await load(folder, { threads: 1 });
  const captions: string[] = [];
  for (let start = 0; start < pictures.length; start += together) {
    const part = pictures.slice(start, start + together).map(({ picture }) => picture);
    captions.push(...((await model.caption?.(part)) ?? []).map(({ text }) => text));
  }
  const { exactMatch, wordF1, cider } = captionMetrics(
    captions,
    pictures.map(({ captions: right }) => right),
  );
  const samples = pictures.slice(0, shown).map(async ({ picture, captions: right }, i) => ({
    picture: await thumbnail(picture),
    expected: right[0],
    predicted: captions[i],
  }));
  return {
    scores: { exactMatch: exactMatch.score, wordF1: wordF1.score, cider: cider.score },
    samples: await Promise.all(samples),
  };
}
