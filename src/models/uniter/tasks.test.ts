import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../checkpoint/index.ts';
import { float32, int64, uniformNumber } from '../../core/index.ts';
import { tokenizerFromJson } from '../../text/index.ts';
import { type Head, OpenedJoint } from '../joint/index.ts';
import { drawnWeights, noise, tinyTokenizer, tinyVocabulary, writeModel } from '../joint/testing.ts';
import { load } from '../load.ts';
import { uniterConfig } from './config.ts';
import { writeRegions } from './region-file.ts';
import { uniterSource } from './tasks.ts';
import { uniterNames } from './weights.ts';

const folder = mkdtempSync(join(tmpdir(), 'uniter-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sizes = {
  vocab_size: tinyVocabulary,
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 1,
  intermediate_size: 96,
  max_position_embeddings: 16,
  img_dim: 8,
  img_label_dim: 5,
};
const answers = ['yes', 'no', 'red'];
const config = uniterConfig({ ...sizes, id2label: Object.fromEntries(answers.entries()) });

const [few, many] = [4, 7].map((count) => ({ count, path: join(folder, `${count}.safetensors`) }));
beforeAll(async () => {
  for (const { count, path } of [few, many]) {
    const draw = (place: number, length: number) =>
      Float32Array.from({ length }, (_, i) => 40 * uniformNumber(count, place, i));
    const corners = draw(2, count * 4).map((value, i) => (i % 4 < 2 ? value : value + 45));
    const boxes = float32([count, 4], corners);
    await writeRegions(path, { features: float32([count, 8], draw(1, count * 8)), boxes, width: 100, height: 90 });
  }
});

/** A file of the original's names, with nothing beside it but a tokenizer and answers. */
async function opened(name: string, heads: Head[]) {
  const weights = drawnWeights(uniterSource(config, heads));
  await writeModel(join(folder, name), weights, uniterNames, { 'answers.json': answers });
  return await load(join(folder, name));
}

test('a tuned file answers about the regions of a file', async () => {
  const model = await opened('vqa', ['classify']);
  expect(model).toMatchObject({ family: 'uniter', tasks: ['answer'] });
  const { text, score } = await model.answer!(few.path, 'what colour is the cat?');
  expect(answers).toContain(text);
  const [best] = await model.rankAnswers!(few.path, 'what colour is the cat?', answers);
  expect(best).toEqual({ text, score });
  await expect(model.answer!(noise(1, 40, 30), 'a cat?')).rejects.toThrow('give a file of regions');
  await model.release();
});

test('a pre-trained file matches and fills masks', async () => {
  const model = await opened('pretrained', ['match', 'fill']);
  expect(model.tasks).toEqual(['match', 'fill']);
  const [first] = await model.match!(few.path, ['a red cat', 'two dogs']);
  expect(first).not.toBeCloseTo((await model.match!(many.path, ['a red cat']))[0], 4);
  const { words } = await model.fill!('a [MASK] on the grass', { image: many.path });
  expect(words).toHaveLength(1);
  await model.release();
});

test('pictures with different numbers of regions in one batch give what each gives alone', async () => {
  const source = uniterSource(config, ['classify'], answers);
  const weights = new Map([...drawnWeights(source)].map(([path, value]) => [path, { kind: 'data', value } as const]));
  const joint = new OpenedJoint(source, { tokenizer: async () => tokenizerFromJson(tinyTokenizer) }, weights, {});
  const questions = ['a cat', 'a dog on the grass'];
  const paths = [few.path, many.path];
  const seen = await joint.see(paths);
  const both = await joint.run('classify', { ...seen, ...(await joint.read(questions)), of: int64([2], [0, 1]) });
  for (const [i, path] of paths.entries()) {
    const text = await joint.read([questions[i]]);
    const [alone] = await joint.run('classify', { ...(await joint.see([path])), ...text, of: int64([1], [0]) });
    for (const [k, logit] of alone.entries()) expect(both[i][k]).toBeCloseTo(logit, 4);
  }
  await joint.release();
});

describe('bad input is refused in words', () => {
  const regions = (name: string, box: number[], features: number[]) => {
    const path = join(folder, `${name}.safetensors`);
    const arrays = { features: float32([1, features.length], features), boxes: float32([1, 4], box) };
    return writeSafetensors(path, new Map(Object.entries({ ...arrays, size: int64([2], [100, 90]) }))).then(() => path);
  };
  const ones = Array(8).fill(1);

  test.each([
    ['a box outside its picture', [200, 5, 240, 50], ones, /outside\S*: region 0 \[.*has no area inside its picture/],
    ['a box without area', [20, 5, 20, 50], ones, /area\S*: region 0 \[.*has no area inside its picture/],
    [
      'a feature that is no number',
      [1, 5, 20, 50],
      [...ones.slice(1), Number.NaN],
      /region 0 has a feature that is not/,
    ],
    ['features of another detector', [1, 5, 20, 50], [1, 2, 3], /features have 3 numbers and this model reads 8/],
  ])('%s', async (name, box, features, says) => {
    const model = await opened('faults', ['classify']);
    const path = await regions(name.replaceAll(' ', '-'), box, features);
    await expect(model.answer!(path, 'a cat?')).rejects.toThrow(says);
    await model.release();
  });

  test('a box that reaches over the edge is cut to its picture', async () => {
    const model = await opened('over', ['classify']);
    const ask = (path: string) => model.answer!(path, 'a cat?');
    const over = await ask(await regions('over', [60, 40, 300, 200], ones));
    expect(over).toEqual(await ask(await regions('inside', [60, 40, 100, 90], ones)));
    await model.release();
  });

  test('a text longer than the position table, and a list of answers of another size', async () => {
    const model = await opened('long', ['classify']);
    await expect(model.answer!(few.path, 'a dog on the grass '.repeat(4))).rejects.toThrow('this model reads 16');
    await model.release();
    const answers = ['yes', 'no'];
    await expect(load(join(folder, 'long'), { answers })).rejects.toThrow('has 2, and the head chooses from 3');
  });
});
