/** What the stored goldens do not say about GIT: the original repository's files, invariances of the specification, tasks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bindWeights, openCheckpoint, publishTensors, writeSafetensors } from '../../checkpoint/index.ts';
import {
  float32,
  input,
  int64,
  type NDArray,
  ParameterList,
  type Tensor,
  type WeightSource,
} from '../../core/index.ts';
import { largestError, randomArray } from '../../core/testing.ts';
import { compile } from '../../runtime/index.ts';
import { type GitConfig, gitConfig } from './config.ts';
import { git } from './model.ts';
import { isOriginalGit, originalConfig } from './original.ts';
import { languageModelling, originalLoss } from './pretrain.ts';
import { gitParameters } from './tasks.ts';
import { originalGitNames } from './weights.ts';

const config = gitConfig({
  model_type: 'git',
  vocab_size: 50,
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 1,
  intermediate_size: 96,
  max_position_embeddings: 20,
  num_image_with_embedding: 2,
  vision_config: {
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 1,
    intermediate_size: 96,
    image_size: 16,
    patch_size: 8,
  },
});
const arrays = new Map<string, NDArray>(
  [...gitParameters(config)].map(({ path, shape }, i) => [path, randomArray(shape, i + 1, -0.3, 0.3)]),
);
const weights = new Map([...arrays].map(([path, value]) => [path, { kind: 'data', value } satisfies WeightSource]));

type Build = (model: ReturnType<typeof git>) => Record<string, Tensor>;

async function evaluateGit(build: Build, feeds: Record<string, NDArray>, from: GitConfig = config) {
  await using program = await compile(build(git(new ParameterList().root, from)), { weights });
  return await program.run(feeds);
}

const pixels = randomArray([2, 3, 16, 16], 40);
const ids = int64([2, 5], [1, 7, 9, 3, 2, 1, 8, 8, 4, 2]);
const pixelsIn = input('pixels', [2, 3, 16, 16]);
const idsIn = input('ids', [2, 5], 'int64');

describe('the original repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'git-original-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(() =>
    writeSafetensors(
      join(folder, 'model.safetensors'),
      [...publishTensors(arrays, originalGitNames())].map(([name, array]) => [`model.module.${name}`, array] as const),
    ),
  );

  test('sizes are read off the tensors, and every number finds its place', async () => {
    const checkpoint = await openCheckpoint(join(folder, 'model.safetensors'));
    expect(isOriginalGit(checkpoint)).toBe(true);
    const found = originalConfig(checkpoint);
    expect(found).toEqual({ ...config, text: { ...config.text, eps: 1e-12 } });
    const bound = await bindWeights({ wanted: gitParameters(found).shapes(), checkpoint, names: originalGitNames() });
    const outputs = (model: ReturnType<typeof git>) => ({ hidden: model.decode(model.encode(pixelsIn), idsIn) });
    await using program = await compile(outputs(git(new ParameterList().root, found)), { weights: bound });
    const [ours, theirs] = [await evaluateGit(outputs, { pixels, ids }), await program.run({ pixels, ids })];
    expect(largestError(theirs.hidden.data as Float32Array, ours.hidden.data as Float32Array)).toBe(0);
  });
});

describe('invariances', () => {
  const hidden: Build = (model) => ({ hidden: model.decode(model.encode(pixelsIn), idsIn) });

  test('picture positions do not see text, and text does not see later text', async () => {
    const before = await evaluateGit(hidden, { pixels, ids });
    const changed = int64([2, 5], [1, 7, 9, 30, 31, 1, 8, 8, 32, 33]);
    const after = await evaluateGit(hidden, { pixels, ids: changed });
    const [a, b] = [before, after].map(({ hidden: { data } }) => data as Float32Array);
    const upTo = (5 + 3) * 64;
    expect(largestError(b.slice(0, upTo), a.slice(0, upTo))).toBe(0);
    expect(largestError(b.slice(upTo, upTo + 64), a.slice(upTo, upTo + 64))).toBeGreaterThan(1e-3);
  });

  test('rows of a batch do not influence each other', async () => {
    const both = (await evaluateGit(hidden, { pixels, ids })).hidden.data as Float32Array;
    const other = float32([2, 3, 16, 16], [...(pixels.data as Float32Array).slice(0, 768), ...new Float32Array(768)]);
    const alone = (await evaluateGit(hidden, { pixels: other, ids })).hidden.data as Float32Array;
    expect(largestError(alone.slice(0, both.length / 2), both.slice(0, both.length / 2))).toBe(0);
  });

  test('the order of frames counts only through their temporal vectors', async () => {
    const clip = input('clip', [1, 2, 3, 16, 16]);
    const one = input('ids', [1, 5], 'int64');
    const logits: Build = (model) => ({ y: model.decode(model.encode(clip), one).slice(1, -1) });
    const forward = float32([1, 2, 3, 16, 16], pixels.data as Float32Array);
    const data = pixels.data as Float32Array;
    const backward = float32([1, 2, 3, 16, 16], [...data.slice(768), ...data.slice(0, 768)]);
    const feeds = (frames: NDArray) => ({ clip: frames, ids: int64([1, 5], [1, 7, 9, 3, 2]) });
    const difference = async (from: GitConfig) => {
      const [a, b] = [
        await evaluateGit(logits, feeds(forward), from),
        await evaluateGit(logits, feeds(backward), from),
      ];
      return largestError(a.y.data as Float32Array, b.y.data as Float32Array);
    };
    expect(await difference(config)).toBeGreaterThan(1e-4);
    expect(await difference({ ...config, frames: 0 })).toBeLessThan(1e-5);
  });
});

describe('the objective', () => {
  const labels = input('labels', [2, 5], 'int64');
  const lossOf = async (values: number[], options = {}) => {
    const build: Build = (model) => ({
      loss: languageModelling(model, { pixels: pixelsIn, ids: idsIn, labels }, undefined, options),
    });
    const { loss } = await evaluateGit(build, { pixels, ids, labels: int64([2, 5], values) });
    return Number(loss.data[0]);
  };

  test('a prefix and the start token are read but not counted', async () => {
    const whole = [1, -100, 9, 3, 2, 1, -100, 8, 4, 2];
    const otherStart = [49, -100, 9, 3, 2, 48, -100, 8, 4, 2];
    expect(await lossOf(whole)).toBeCloseTo(await lossOf(otherStart), 6);
  });

  test("the original's smoothed loss is a divergence: the smoothed cross-entropy less a constant", async () => {
    const values = [1, 7, 9, 3, 2, 1, 8, 8, 4, 2];
    const entropy = -(0.9 * Math.log(0.9) + 0.1 * Math.log(0.1 / 49));
    const plain = await lossOf(values, { ...originalLoss, divergence: false });
    expect(await lossOf(values, originalLoss)).toBeCloseTo(plain - entropy, 5);
  });
});
