import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bindWeights, openCheckpoint, publishTensors, writeSafetensors } from '../checkpoint/index.ts';
import { float32, input, ParameterList, toFloat32 } from '../core/index.ts';
import { drawnParameters, randomArray } from '../core/testing.ts';
import { compile } from '../runtime/index.ts';
import type { ModelFiles } from './files.ts';
import { gitConfig } from './git/config.ts';
import { git } from './git/model.ts';
import { gitParameters } from './git/tasks.ts';
import { gitNames } from './git/weights.ts';
import { inPrecision, writeQuantised } from './reduced.ts';

const sizes = (width: number, vocabulary: number) => ({
  model_type: 'git',
  vocab_size: vocabulary,
  hidden_size: width,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 2 * width,
  vision_config: {
    hidden_size: width,
    intermediate_size: 2 * width,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    image_size: 32,
    patch_size: 16,
  },
});

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'reduced-'));
  vi.stubEnv('HF_HOME', join(root, 'hf'));
  await write('medium', 128, 1200);
  await write('tiny', 32, 60);
});
afterAll(() => rm(root, { recursive: true }));

async function write(name: string, width: number, vocabulary: number): Promise<void> {
  const config = gitConfig(sizes(width, vocabulary));
  const tensors = publishTensors(drawnParameters(gitParameters(config), { seed: 3, spread: 0.15 }), gitNames(config));
  await mkdir(join(root, name));
  await writeSafetensors(join(root, name, 'model.safetensors'), tensors);
  await writeFile(join(root, name, 'config.json'), JSON.stringify(sizes(width, vocabulary)));
}

async function files(name: string): Promise<ModelFiles> {
  const folder = join(root, name);
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  const unused = () => {
    throw new Error('not read here');
  };
  return { id: name, folder, config, checkpoint: await openCheckpoint(folder), tokenizer: unused, processor: unused };
}

const bind = ({ config, checkpoint }: ModelFiles) => {
  const ours = gitConfig(config);
  return bindWeights({ wanted: gitParameters(ours), checkpoint, names: gitNames(ours) });
};

/** Logits of four ids beside one picture. */
async function logits(from: ModelFiles): Promise<Float32Array> {
  const config = gitConfig(from.config);
  const model = git(new ParameterList().root, config);
  const ids = input('ids', [1, 4], 'int64');
  const picture = model.encode(input('pixels', [1, 3, 32, 32]));
  await using program = await compile(
    { logits: model.head(model.decode(picture, ids)) },
    { weights: await bind(from) },
  );
  const feeds = {
    pixels: randomArray([1, 3, 32, 32], 9),
    ids: { dtype: 'int64', shape: [1, 4], data: BigInt64Array.of(5n, 6n, 7n, 8n) } as const,
  };
  return toFloat32((await program.run(feeds)).logits);
}

/** Root mean square of the difference, against that of the exact logits. */
function off(logits: Float32Array, exact: Float32Array): number {
  const square = (sum: number, value: number) => sum + value * value;
  return Math.sqrt(logits.map((value, i) => value - exact[i]).reduce(square, 0) / exact.reduce(square, 0));
}

describe('a model of medium size', () => {
  // The last number is the most of its file that is left: words and positions, 1.1 MB of 4.4, stay float32 tables.
  test.each([
    ['fp32', 1e-7, 1],
    ['fp16', 2e-3, 0.6],
    ['q8', 0.06, 0.55],
    ['q4', 0.25, 0.52],
  ])('in %s is within %d of its own logits', async (dtype, tolerance, share) => {
    const exact = await logits(await files('medium'));
    const reduced = inPrecision(await files('medium'), { dtype });
    expect(off(await logits(reduced), exact)).toBeLessThan(tolerance);
    const [cached] = (await readdir(join(root, 'hf', 'sightread')).catch(() => [])).filter((name) =>
      name.includes(`medium-${dtype}`),
    );
    if (dtype === 'fp32') return expect(cached).toBeUndefined();
    const size = async (...path: string[]) => (await stat(join(root, ...path, 'model.safetensors'))).size;
    expect(await size('hf', 'sightread', cached)).toBeLessThan(share * (await size('medium')));
  });

  test('is reduced once, and again when its file changes', async () => {
    const reductions: number[] = [];
    const onReduce = ({ done, total }: { done: number; total: number }) => {
      if (done === total) reductions.push(total);
    };
    const use = async () => bind(inPrecision(await files('again'), { dtype: 'q8', onReduce }));
    await write('again', 128, 1200);
    await use();
    await use();
    expect(reductions).toHaveLength(1);
    const weights = join(root, 'again', 'model.safetensors');
    await writeFile(weights, await readFile(weights));
    await use();
    expect(reductions).toHaveLength(2);
  });

  test('stops between tensors and leaves no file behind', async () => {
    await write('stopped', 128, 1300);
    const stop = new AbortController();
    const onReduce = () => stop.abort(new Error('enough'));
    const use = inPrecision(await files('stopped'), { dtype: 'q4', onReduce, signal: stop.signal });
    await expect(bind(use)).rejects.toThrow('enough');
    const folder = (await readdir(join(root, 'hf', 'sightread'))).find((name) => name.startsWith('stopped'));
    expect(await readdir(join(root, 'hf', 'sightread', folder!))).toEqual([]);
  });

  test('is written as a folder that opens, runs, and does nothing else', async () => {
    const open = async (given: ModelFiles) => {
      await bind(given);
      return { async [Symbol.asyncDispose]() {} };
    };
    await writeQuantised(await files('medium'), join(root, 'q8'), { dtype: 'q8' }, open);
    expect((await readdir(join(root, 'q8'))).sort()).toEqual(['config.json', 'model.safetensors']);
    const written = await logits(await files('q8'));
    expect(written).toEqual(await logits(inPrecision(await files('medium'), { dtype: 'q8' })));
    expect(await logits(inPrecision(await files('q8'), { dtype: 'auto' }))).toEqual(written);

    const q8 = await files('q8');
    expect(() => inPrecision(q8, { dtype: 'q4' })).toThrow(/q8 is already quantised to q8; leave dtype out/);
    await expect(writeQuantised(q8, join(root, 'q8'), { dtype: 'q4' }, open)).rejects.toThrow(/is not empty; choose/);
    await expect(q8.checkpoint.read('output.weight')).rejects.toThrow(
      /output\.weight is packed .* to train, use the model it was made from/,
    );
  });

  test('of another format version is refused with what would work', async () => {
    const folder = join(root, 'future');
    await mkdir(folder);
    const metadata = { 'sightread.format': '2', 'sightread.dtype': 'q8' };
    await writeSafetensors(join(folder, 'model.safetensors'), [['a', float32([1], [1])]], { metadata });
    await expect(openCheckpoint(folder)).rejects.toThrow(
      /quantised in format 2 and this version of sightread reads format 1; quantize the original model again/,
    );
  });
});

test('a model whose products are smaller than a block runs as it is, and says so', async () => {
  const warnings: string[] = [];
  const reduced = inPrecision(await files('tiny'), { dtype: 'q4', onWarning: (text) => warnings.push(text) });
  expect(await logits(reduced)).toEqual(await logits(await files('tiny')));
  expect(warnings).toEqual(['tiny has no product large enough for q4; it runs in fp32']);
});
