import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawnWeights, writeModel } from '../models/joint/testing.ts';
import { uniterConfig } from '../models/uniter/config.ts';
import { uniterSource } from '../models/uniter/tasks.ts';
import { uniterNames } from '../models/uniter/weights.ts';
import { sightread } from './testing.ts';

const goldens = fileURLToPath(new URL('../../test/goldens/models/', import.meta.url));
const inspect = async (folder: string) => JSON.parse((await sightread(['inspect', folder, '--json'])).stdout);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-inspect-'));
});
afterAll(() => rm(root, { recursive: true }));

test.each<[name: string, tasks: string[], work: Record<string, unknown>]>([
  ['blip-caption', ['caption'], { pictureTokens: 17, picture: expect.any(Number), token: expect.any(Number) }],
  ['blip-itm', ['match', 'embed'], { input: [1, 3, 32, 32], picture: expect.any(Number), text: expect.any(Number) }],
  ['vilt-vqa', ['answer'], { input: [1, 3, 32, 32], pictureTokens: 17, text: expect.any(Number) }],
  ['vilt-nlvr2', ['judge'], { input: [2, 3, 32, 32], pictureTokens: 17, text: expect.any(Number) }],
  [
    'clip-model-gelu',
    ['embed', 'classify'],
    { pictureTokens: 10, picture: expect.any(Number), text: expect.any(Number) },
  ],
])('%s: the tasks that its file serves, and what they cost', async (name, tasks, work) => {
  const inspection = await inspect(join(goldens, name));
  expect(inspection.tasks).toEqual(tasks);
  expect(inspection.work).toMatchObject(work);
  for (const flops of [inspection.work.picture, inspection.work.token, inspection.work.text].filter(Boolean))
    expect(flops).toBeGreaterThan(10_000);
  const { stdout } = await sightread(['inspect', join(goldens, name), '--depth', '1']);
  expect(stdout).toContain(`\ntasks       ${tasks.join(', ')}\n`);
  expect(stdout).toMatch(/\nwork {8}.*FLOP .*\(\d+ tokens a picture\)/);
});

test('a file of the original UNITER, which has no configuration', async () => {
  const sizes = {
    vocab_size: 100,
    hidden_size: 64,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    intermediate_size: 96,
  };
  const config = uniterConfig({ ...sizes, max_position_embeddings: 32, img_dim: 8 });
  await writeModel(root, drawnWeights(uniterSource(config, ['match', 'fill'])), uniterNames, {});
  expect(await inspect(root)).toMatchObject({
    family: 'uniter',
    tasks: ['match', 'fill'],
    work: { input: [1, 36, 8], pictureTokens: 36, text: expect.any(Number) },
  });
});

test('a file that cannot be loaded is described, with the reason', async () => {
  const { family, tasks, refused, tensors } = await inspect(join(goldens, 'swin-model'));
  expect({ family, tasks }).toEqual({ family: 'swin', tasks: [] });
  expect(refused).toContain("model_type 'swin' is not a family");
  expect(tensors.length).toBeGreaterThan(10);
});
