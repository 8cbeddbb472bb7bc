import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishTensors, writeSafetensors } from '../checkpoint/index.ts';
import { drawnParameters } from '../core/testing.ts';
import { drawnWeights, writeModel } from '../models/joint/testing.ts';
import { optConfig } from '../models/opt/config.ts';
import { optParameters } from '../models/opt/tasks.ts';
import { optNames } from '../models/opt/weights.ts';
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

test.each<[name: string, tasks: string[]]>([
  ['opt-pre', ['complete']],
  ['opt-post', ['complete']],
  ['bert-mlm', ['fill']],
  ['roberta-mlm', ['fill']],
])('%s: the work of a model that reads texts alone', async (name, tasks) => {
  const inspection = await inspect(join(goldens, name));
  expect(inspection.tasks).toEqual(tasks);
  const writes = tasks.includes('complete');
  expect(inspection.work).toEqual({ text: expect.any(Number), ...(writes && { token: expect.any(Number) }) });
  // Every number in a product is used once a token; tables are looked up, and the vocabulary is met once.
  const products = inspection.tensors.filter(({ name, shape }: { name: string; shape: number[] }) => {
    return shape.length === 2 && !/embed|lm_head|predictions|pooler/.test(name);
  });
  const flops = 2 * products.reduce((sum: number, { shape: [rows, columns] }: Matrix) => sum + rows * columns, 0);
  if (writes) expect(inspection.work.token).toBeGreaterThan(flops);
  expect(inspection.work.text).toBeGreaterThan(20 * flops);
  expect(inspection.work.text).toBeLessThan(2 * 20 * flops);
  const { stdout } = await sightread(['inspect', join(goldens, name), '--depth', '1']);
  expect(stdout).toMatch(/\nwork {8}(\S+ kFLOP to write one token, )?\S+ kFLOP to read a text of 20 tokens\n/);
});

interface Matrix {
  shape: [number, number];
}

test('packed weights: what they stand for, how they are stored, and their bytes', async () => {
  const folder = join(root, 'packed');
  expect((await sightread(['quantize', '--dtype', 'q4', '--out', folder])).code).toBe(0);
  const plain = await inspect('sightread/captioner');
  const packed = await inspect(folder);
  expect(packed).toMatchObject({ quantised: 'q4', tasks: plain.tasks, work: plain.work, parameters: plain.parameters });
  expect(plain.quantised).toBeUndefined();
  const named = ({ tensors }: typeof packed, name: string) =>
    tensors.find((tensor: { name: string }) => tensor.name === `git.encoder.layer.0.${name}.weight`);
  const name = 'intermediate.dense';
  expect(named(plain, name)).toMatchObject({ dtype: 'float16', shape: [768, 192], bytes: 2 * 768 * 192 });
  // Half a byte a number, and a float32 scale for every 32.
  const bytes = (768 * 192) / 2 + (4 * 768 * 192) / 32;
  expect(named(packed, name)).toMatchObject({ dtype: 'q4', shape: [768, 192], packing: 'blocks4', bytes });
  expect(packed.dtypes).toEqual({ float16: expect.any(Number), q8: expect.any(Number), q4: expect.any(Number) });
  const { size } = await stat(join(folder, 'model.safetensors'));
  expect(packed.bytes).toBeGreaterThan(0.95 * size);
  expect(packed.bytes).toBeLessThan(size);

  // A file shows the same as its folder.
  const file = join(folder, 'model.safetensors');
  for (const place of [folder, file]) {
    const { stdout } = await sightread(['inspect', place]);
    expect(stdout).toContain('\nquantised   to q4');
    expect(stdout).toMatch(/ packed q4 \[768, 192\] in blocks, 92\.2 kB\n/);
    expect(stdout).toMatch(/ packed q8 \[768, 192\] by rows, 151 kB\n/);
    expect(stdout).toMatch(/\nparameters {2}3\.93 M in 129 tensors \(.* q8, .* q4\)\nmemory +4\.16 MB as stored/);
  }
});

test('a tensor that is read plain and packed is shown as both, and its numbers counted once', async () => {
  const folder = join(root, 'tied');
  const { dtype, shape, bytes, packing } = await tiedTable(folder);
  expect({ dtype, shape, packing }).toEqual({ dtype: 'float32', shape: [1024, 64], packing: 'blocks8' });
  expect(bytes).toBe(4 * 1024 * 64 + 1024 * 64 + (4 * 1024 * 64) / 32);
  expect((await sightread(['inspect', folder])).stdout).toContain('float32 [1024, 64] and packed q8 in blocks, ');
});

/** A quantised OPT, whose word table is its output matrix too. */
async function tiedTable(folder: string) {
  const config = {
    model_type: 'opt',
    vocab_size: 1024,
    hidden_size: 64,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    ffn_dim: 128,
    max_position_embeddings: 48,
  };
  const { text } = optConfig(config);
  const drawn = drawnParameters(optParameters(text), { seed: 1, spread: 0.1 });
  const source = join(root, 'opt');
  await mkdir(source);
  await writeSafetensors(join(source, 'model.safetensors'), publishTensors(drawn, optNames(text)));
  await writeFile(join(source, 'config.json'), JSON.stringify(config));
  expect((await sightread(['quantize', source, '--dtype', 'q8', '--out', folder])).code).toBe(0);
  const { tensors, parameters } = await inspect(folder);
  expect(parameters).toBe((await inspect(source)).parameters);
  return tensors.find(({ name }: { name: string }) => name.endsWith('embed_tokens.weight'));
}

test('a file that cannot be loaded is described, with the reason', async () => {
  const { family, tasks, refused, tensors } = await inspect(join(goldens, 'swin-model'));
  expect({ family, tasks }).toEqual({ family: 'swin', tasks: [] });
  expect(refused).toContain("model_type 'swin' is not a family");
  expect(tensors.length).toBeGreaterThan(10);
});
