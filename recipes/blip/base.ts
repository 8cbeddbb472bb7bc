/** What fine-tuning starts from: a BLIP that is pre-trained here, or any folder that `load` opens as one. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishedPlaces } from '../../src/checkpoint/index.ts';
import { float32, sizeOf, toFloat32, UsageError } from '../../src/core/index.ts';
import type { Sample } from '../../src/data/index.ts';
import { imageProcessor } from '../../src/image/index.ts';
import { blipConfig } from '../../src/models/blip/config.ts';
import { blipParameters } from '../../src/models/blip/tasks.ts';
import { blipNames } from '../../src/models/blip/weights.ts';
import { openModel } from '../../src/models/load.ts';
import { learn, type Weights } from './learn.ts';
import { type Setup, saveModel, setupFor } from './setup.ts';
import { pairOf, wordsFor } from './world.ts';

export interface Base {
  setup: Setup;
  weights: Weights;
}

export interface PretrainOptions {
  side: number;
  patch: number;
  steps: number;
  rate: number;
  seed: number;
}

/** Pre-trains on captions into `folder`, unless an earlier command with the same settings has done so. */
export async function pretrain(folder: string, samples: readonly Sample[], options: PretrainOptions): Promise<void> {
  const { side, patch, ...study } = options;
  const settings = JSON.stringify({ pairs: samples.length, side, patch, ...study });
  const known = join(folder, 'pretraining.json');
  if (existsSync(known)) {
    const before = readFileSync(known, 'utf8');
    if (before === settings) return;
    throw new UsageError(
      `${folder} was pre-trained with ${before}, and now ${settings} is asked for; choose another --out, or remove it`,
    );
  }
  console.error(`pre-training: ${study.steps} steps over ${samples.length} pairs`);
  const setup = setupFor(wordsFor(samples), side, patch);
  const weights = await learn(samples.map(pairOf), setup, { objective: 'pretrain', ...study });
  await saveModel(folder, setup, weights);
  writeFileSync(known, settings);
}

/** A model folder with whatever parts it holds; a task starts anew what is missing. */
export async function openBase(folder: string): Promise<Base> {
  const { checkpoint, config: published, tokenizer } = await openModel(folder, { offline: true });
  if (published?.model_type !== 'blip')
    throw new UsageError(`--from ${folder}: its config.json is not a BLIP's; give a folder that holds one`);
  const config = blipConfig(published, join(folder, 'config.json'));
  const preprocessing = JSON.parse(readFileSync(join(folder, 'preprocessor_config.json'), 'utf8'));
  const placesOf = publishedPlaces(blipNames);
  const weights = new Map<string, ReturnType<typeof float32>>();
  for (const { path, shape } of blipParameters(config, { encoder: true, decoder: true, heads: true })) {
    const [{ name, rows: [slice] = [0] }] = placesOf(path);
    if (!checkpoint.entries.has(name)) continue;
    const start = slice * sizeOf(shape);
    weights.set(path, float32(shape, toFloat32(await checkpoint.read(name)).slice(start, start + sizeOf(shape))));
  }
  return {
    setup: { published, config, tokenizer: await tokenizer(), preprocessing, processor: imageProcessor(preprocessing) },
    weights,
  };
}
