/** A thread that draws the captioner's training pictures and makes batches of them, while a step holds the main thread. */
import { workerData } from 'node:worker_threads';
import { type PackedSet, type TrainingOptions, trainingSource, unpackSet } from '../../src/data/index.ts';
import { type TokenizerJson, tokenizerFromJson } from '../../src/text/index.ts';
import { serveBatches } from '../../src/train/index.ts';
import { collate, pictureNormaliser } from './setup.ts';

export interface BatchTask {
  packed: PackedSet;
  tokenizer: TokenizerJson;
  training: Pick<TrainingOptions, 'seed' | 'mix'> & { side: number };
  /** Samples in a batch, and how many of a hundred are drawn in another style. */
  batch: number;
  styled: number;
}

const { packed, tokenizer: json, training, batch, styled } = workerData as BatchTask;
const set = unpackSet(packed);
const tokenizer = tokenizerFromJson(json);
const normalise = pictureNormaliser(training.side);
const [augmented, clean] = [true, false].map((augment) => trainingSource(set, { ...training, augment }));
const sample = (index: number) => (index % 100 < styled ? augmented : clean)(index);

serveBatches(async (index) =>
  collate(
    Array.from({ length: batch }, (_, i) => sample(index * batch + i)),
    tokenizer,
    normalise,
  ),
);
