/** What a training leaves: a model folder that every command can name, and how good it is. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { publishTensors, writeSafetensors } from '../../checkpoint/index.ts';
import type { NDArray } from '../../core/index.ts';
import { replaceFile } from '../../data/index.ts';
import { captionMetrics } from '../../metrics/index.ts';
import { gitNames } from '../../models/git/weights.ts';
import { load } from '../../models/load.ts';
import type { Evaluation } from '../../train/index.ts';
import { thumbnail } from '../page.ts';
import type { HeldOut } from './examples.ts';
import type { Start } from './start.ts';

/** Writes the model; the weights come last, so that a folder with weights is whole. */
export async function writeModel(
  folder: string,
  { config, files }: Start,
  weights: ReadonlyMap<string, NDArray>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await replaceFile(join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`);
  }
  const published = publishTensors(weights, gitNames(config));
  await writeSafetensors(join(folder, 'model.safetensors'), published, { metadata: { format: 'pt' } });
}

/** Pictures captioned at a time, and pictures shown in the report. */
const [together, shown] = [16, 8];

/** Captions the pictures with the model in `folder`, as a user would, and scores the captions. */
export async function judge(folder: string, pictures: readonly HeldOut[], signal: AbortSignal): Promise<Evaluation> {
  await using model = await load(folder, { signal });
  const captions: string[] = [];
  for (let start = 0; start < pictures.length; start += together) {
    const part = pictures.slice(start, start + together).map(({ picture }) => picture);
    captions.push(...((await model.caption?.(part, { signal })) ?? []).map(({ text }) => text));
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
