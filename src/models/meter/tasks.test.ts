import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Head } from '../joint/index.ts';
import { drawnWeights, noise, tinyVocabulary, writeModel } from '../joint/testing.ts';
import { load } from '../load.ts';
import type { MeterConfig, MeterVision } from './config.ts';
import { meterSource } from './tasks.ts';
import { meterNames } from './weights.ts';

const folder = mkdtempSync(join(tmpdir(), 'meter-'));
afterAll(() => rmSync(folder, { recursive: true }));

const clip: MeterVision = {
  kind: 'clip',
  width: 64,
  layers: 1,
  heads: 1,
  hidden: 96,
  activation: 'quick_gelu',
  eps: 1e-5,
  channels: 3,
  imageSize: 32,
  patchSize: 16,
  patchBias: false,
  preNorm: true,
};
const swin: MeterVision = {
  kind: 'swin',
  width: 16,
  depths: [2, 1, 1],
  heads: [2, 2, 4],
  window: 2,
  mlpRatio: 2,
  activation: 'gelu',
  eps: 1e-5,
  channels: 3,
  patchSize: 4,
  imageSize: 64,
};

const configOf = (vision: MeterVision, more: Partial<MeterConfig> = {}): MeterConfig => ({
  text: {
    width: 64,
    layers: 1,
    heads: 1,
    hidden: 96,
    activation: 'gelu',
    eps: 1e-5,
    vocabulary: tinyVocabulary,
    positions: 30,
    types: 1,
    pad: 1,
  },
  vision,
  fusion: { width: 64, layers: 2, heads: 1, hidden: 96, activation: 'gelu', eps: 1e-12 },
  modalities: 2,
  images: 1,
  labels: ['0', '1', '2'],
  dropout: { hidden: 0.1, attention: 0.1 },
  ...more,
});

async function opened(name: string, config: MeterConfig, heads: Head[], task = 'vqa') {
  const weights = drawnWeights(meterSource(config, heads));
  const answers = { 'answers.json': ['yes', 'no', 'red'] };
  await writeModel(join(folder, name), weights, meterNames(config, task), task === 'vqa' ? answers : {});
  return await load(join(folder, name));
}

const picture = noise(3, 60, 44);

test.each([
  ['CLIP', clip],
  ['Swin', swin],
])('a file with %s’s tower answers, matches and orders', async (name, vision) => {
  const model = await opened(name, configOf(vision), ['classify', 'match', 'rank']);
  expect(model).toMatchObject({ family: 'meter', tasks: ['answer', 'match', 'rank'] });
  expect(['yes', 'no', 'red']).toContain((await model.answer!(picture, 'a cat?')).text);
  const texts = ['a red cat', 'two blue dogs on the grass'];
  const together = await model.match!(picture, texts);
  for (const [i, text] of texts.entries()) expect((await model.match!(picture, [text]))[0]).toBeCloseTo(together[i], 4);
  expect(await model.rank!(picture, texts)).toHaveLength(2);
  await model.release();
});

test('a file for two pictures judges statements about them', async () => {
  const config = configOf(clip, { images: 2, modalities: 3, labels: ['0', '1'] });
  const model = await opened('nlvr2', config, ['classify'], 'nlvr2');
  expect(model.tasks).toEqual(['judge']);
  const probability = await model.judge!([picture, noise(4, 40, 40)], 'two dogs');
  expect(probability).toBeGreaterThan(0);
  expect(probability).toBeLessThan(1);
  await model.release();
});

test('a file whose text tower is BERT’s is refused', async () => {
  const config = configOf(clip);
  const bert = { ...config, text: { ...config.text, types: 2 } };
  await expect(opened('bert', bert, ['match'])).rejects.toThrow('only METER files with RoBERTa');
});

test('a text longer than the position table, and a list of answers of another size, are refused', async () => {
  const model = await opened('long', configOf(clip), ['classify']);
  await expect(model.answer!(picture, 'a dog on the grass '.repeat(8))).rejects.toThrow('this model reads 28');
  await model.release();
  await expect(load(join(folder, 'long'), { answers: ['yes'] })).rejects.toThrow('has 1, and the head chooses from 3');
});
