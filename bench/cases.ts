/** What is compared, and the aims that the numbers are read against. */
import { captioners, casesOf } from './captioners.ts';
import { ask, type Case, clocked, pair, stage } from './case.ts';
import { places, sentence } from './models.ts';

/** How much of the machine's rate for one large product the tower of a captioner reaches. */
const tower = (name: string, title: string, model: string, batch: number): Case => {
  const settings = { model, batch, warmup: 1, repeat: 3 };
  const all = `${name}-tower-${batch}`;
  return {
    name: all,
    rows: [
      { value: 'inside', unit: '%', title: `${title}: of the matrix peak, in its products`, atLeast: 90 },
      { value: 'whole', unit: '%', title: `${title}: of the matrix peak, as a whole`, atLeast: 75 },
      { value: 'peak', unit: 'GFLOP/s', title: `${title}: the matrix peak, measured in turn` },
    ],
    sides: { fp32: clocked(all, 'tower', settings) },
    most: { fp32: 1 },
    needs: [model],
  };
};

const { git, blip } = places;
const fromFile = {
  ...{ model: places.detector, batch: 1, warmup: 1, repeat: 1, picture: places.picture },
  stages: [places.vilt, places.uniter].map((model) =>
    stage(model, 'answer', model, { title: '', texts: [sentence(8)] }),
  ),
};
const steps = { tokens: 16, warmup: 1 };

/** Joint models have repacked their weights after 16 pairs (src/models/running.ts): what is timed is a process at work. */
export const cases: readonly Case[] = [
  ...captioners.flatMap(casesOf),
  tower('git', 'GIT-base encoder, 1 picture', git, 1),
  tower('git', 'GIT-base encoder, 8 pictures', git, 8),
  tower('blip', 'BLIP-base encoder, 1 picture', blip, 1),
  tower('blip', 'BLIP-base encoder, 4 pictures', blip, 4),
  {
    name: 'token',
    rows: [{ value: 'ms', unit: 'ms', title: 'GIT-base, one token of a caption' }],
    sides: { fp32: ask('token', { model: git, batch: 1, tokens: 20, warmup: 14, repeat: 5 }, 'fp32') },
    most: { fp32: 1 },
    profile: clocked('token', 'token', { model: git, batch: 1, tokens: 20, warmup: 1, repeat: 5 }),
    needs: [git],
  },
  pair(
    'vilt-1',
    'vilt',
    { title: 'ViLT-B/32 answer, 384 × 512 px, 1 pair' },
    { model: places.vilt, batch: 1, warmup: 17, repeat: 5 },
  ),
  pair(
    'vilt-8',
    'vilt',
    { title: 'ViLT-B/32 answer, 8 pairs of mixed sizes' },
    { model: places.vilt, batch: 8, warmup: 3, repeat: 2 },
  ),
  pair(
    'uniter',
    'uniter',
    { title: 'UNITER-base answer, 36 regions given' },
    { model: places.uniter, batch: 1, warmup: 17, repeat: 15 },
  ),
  {
    name: 'regions',
    rows: [
      { value: 'regions', unit: 'ms', title: 'Faster R-CNN, ResNet-101 C4, 800 px: regions of a picture' },
      { value: 'uniter', unit: 'ms', title: 'UNITER-base, picture file to answer, regions found on the way' },
      { value: 'vilt', unit: 'ms', title: 'ViLT-B/32, picture file to answer' },
    ],
    sides: { fp32: ask('from-file', fromFile, 'fp32'), eager: ask('from_file', fromFile, 'eager') },
    most: { fp32: 1, eager: 1 },
    needs: [places.detector, places.vilt, places.uniter],
  },
  pair(
    'train-git-small',
    'train',
    { title: 'Training step, GIT of captioner sizes (3.9 M), batch 8', aims: { fp32: 1 } },
    { model: places.gitSmall, batch: 8, ...steps, warmup: 3, repeat: 15 },
    { profile: true },
  ),
  pair(
    'train-git-base',
    'train',
    { title: 'Training step, GIT-base (177 M), 224 px, batch 2', aims: { fp32: 1 } },
    { model: git, batch: 2, ...steps, repeat: 2 },
    { profile: true },
  ),
  pair(
    'train-blip-small',
    'train',
    { title: 'Training step, BLIP of captioner sizes, batch 8', aims: { fp32: 1 } },
    { model: places.blipSmall, batch: 8, ...steps, warmup: 3, repeat: 15 },
    { profile: true },
  ),
  pair(
    'train-blip-base',
    'train',
    { title: 'Training step, BLIP-base captioner (224 M), 384 px, batch 2', aims: { fp32: 1 } },
    { model: blip, batch: 2, ...steps, repeat: 2 },
    { most: { fp32: 2, eager: 2 } },
  ),
];
