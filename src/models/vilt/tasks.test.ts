import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { int64 } from '../../core/index.ts';
import { imageProcessor } from '../../image/index.ts';
import { tokenizerFromJson } from '../../text/index.ts';
import { type Head, OpenedJoint } from '../joint/index.ts';
import { drawnWeights, noise, tinyTokenizer, tinyVocabulary, writeModel } from '../joint/testing.ts';
import { load } from '../load.ts';
import type { LoadedModel } from '../model.ts';
import { viltConfig } from './config.ts';
import { originalViltConfig, originalViltNames } from './original.ts';
import { viltSource } from './tasks.ts';
import { viltNames } from './weights.ts';

const folder = mkdtempSync(join(tmpdir(), 'vilt-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sizes = {
  model_type: 'vilt',
  vocab_size: tinyVocabulary,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 48,
  max_position_embeddings: 12,
  image_size: 32,
  patch_size: 8,
};
const answers = { 0: 'yes', 1: 'no', 2: 'red' };
const pictureConfig = { image_processor_type: 'ViltImageProcessor', size: { shortest_edge: 32 }, size_divisor: 8 };
const processor = () => imageProcessor(pictureConfig);

/** A model of transformers' naming, opened from its folder. */
async function opened(name: string, heads: Head[], more: Record<string, unknown> = {}): Promise<LoadedModel> {
  const config = viltConfig({ ...sizes, ...more });
  const weights = drawnWeights(viltSource(config, heads, { processor }));
  await writeModel(join(folder, name), weights, viltNames(config), {
    'config.json': { ...sizes, ...more },
    'preprocessor_config.json': pictureConfig,
  });
  return await load(join(folder, name));
}

const wide = noise(1, 70, 40);
const tall = noise(2, 33, 65);

describe('a file that answers', () => {
  let loaded: Promise<LoadedModel> | undefined;
  const answerer = () => (loaded ??= opened('vqa', ['classify'], { id2label: answers }));

  test('gives the best of its answers, first among all of them', async () => {
    const model = await answerer();
    const { text, score } = await model.answer!(wide, 'what colour is the cat?');
    const ranked = await model.rankAnswers!(wide, 'what colour is the cat?', ['yes', 'no', 'red']);
    expect(ranked[0]).toEqual({ text, score });
    expect(ranked.map((answer) => answer.score)).toEqual(ranked.map((answer) => answer.score).sort((a, b) => b - a));
    expect(score).toBeLessThan(0);
    expect(model.tasks).toEqual(['answer']);
  });

  test('says what is wrong with a question or an answer', async () => {
    const model = await answerer();
    await expect(model.answer!(wide, ' ')).rejects.toThrow('the question is empty');
    await expect(model.answer!(wide, 'a dog on the grass '.repeat(3))).rejects.toThrow('this model reads 12');
    await expect(model.rankAnswers!(wide, 'a cat?', ['blue'])).rejects.toThrow("'blue' is not among the 3 answers");
  });
});

test('pictures of different sizes in one batch give what each gives alone', async () => {
  const config = viltConfig({ ...sizes, id2label: answers });
  const source = viltSource(config, ['classify'], { processor, labels: Object.values(answers) });
  const weights = new Map([...drawnWeights(source)].map(([path, value]) => [path, { kind: 'data', value } as const]));
  const tokenizer = async () => tokenizerFromJson(tinyTokenizer);
  const joint = new OpenedJoint(source, { tokenizer }, weights, {});
  const questions = ['a dog on the grass', 'a cat', 'two dogs'];
  const both = await joint.run('classify', {
    ...(await joint.see([wide, tall])),
    ...(await joint.read(questions)),
    of: int64([3], [0, 1, 0]),
  });
  const pictures = [wide, tall, wide];
  for (const [i, question] of questions.entries()) {
    const [alone] = await joint.run('classify', {
      ...(await joint.see([pictures[i]])),
      ...(await joint.read([question])),
      of: int64([1], [0]),
    });
    for (const [k, logit] of alone.entries()) expect(both[i][k]).toBeCloseTo(logit, 4);
  }
  expect(both[0][0]).not.toBeCloseTo(both[1][0], 3);
  await joint.release();
});

test('a file with a word head fills masks, the surest first', async () => {
  const model = await opened('mlm', ['fill']);
  const { text, words } = await model.fill!('a [MASK] on the [MASK]', { image: wide, best: 3 });
  expect(words.map((guesses) => guesses.length)).toEqual([3, 3]);
  const filled = `a ${words[0][0].word} on the ${words[1][0].word}`;
  expect(text).toBe(filled.replaceAll(' ##', ''));
  for (const [first, second] of words) expect(first.probability).toBeGreaterThanOrEqual(second.probability);
  await expect(model.fill!('a dog', { image: wide })).rejects.toThrow('the text has no mask');
  await model.release();
});

test('a file for two pictures judges statements about them', async () => {
  const model = await opened('nlvr2', ['classify'], {
    num_images: 2,
    modality_type_vocab_size: 3,
    id2label: { 0: 'False', 1: 'True' },
  });
  expect(model.tasks).toEqual(['judge']);
  const there = await model.judge!([wide, tall], 'two dogs');
  const back = await model.judge!([tall, wide], 'two dogs');
  expect(there).toBeGreaterThan(0);
  expect(there).toBeLessThan(1);
  expect(there).not.toBeCloseTo(back, 4);
  await expect(model.judge!([wide], 'two dogs')).rejects.toThrow('judges 2 pictures');
  await model.release();
});

test('a retrieval file orders texts, each as if it were alone', async () => {
  const model = await opened('irtr', ['rank']);
  const texts = ['a red cat', 'two blue dogs', 'a dog on the grass'];
  const scores = await model.rank!(wide, texts);
  for (const [i, text] of texts.entries()) expect((await model.rank!(wide, [text]))[0]).toBeCloseTo(scores[i], 4);
  await model.release();
});

describe('a file of the original repository', () => {
  const config = originalViltConfig({
    width: 64,
    layers: 1,
    heads: 1,
    hidden: 96,
    vocabulary: tinyVocabulary,
    positions: 12,
    types: 2,
    patchSize: 32,
    imageSize: 64,
    modalities: 2,
    classes: 3,
    images: 1,
  });
  const weights = drawnWeights(viltSource(config, ['classify', 'match', 'rank'], { processor }));
  const write = (name: string, more: Record<string, unknown>) =>
    writeModel(join(folder, name), weights, originalViltNames(config), more);

  test('answers by the list beside it, and matches by its own head', async () => {
    await write('original', { 'answers.json': ['yes', 'no', 'red'] });
    const model = await load(join(folder, 'original'));
    expect(model.tasks).toEqual(['answer', 'match', 'rank']);
    expect(['yes', 'no', 'red']).toContain((await model.answer!(tall, 'a cat?')).text);
    const [first, second] = await model.match!(tall, ['a red cat', 'two blue dogs']);
    expect(first).toBeGreaterThan(0);
    expect(first).not.toBeCloseTo(second, 4);
    await model.release();
  });

  test('says which list it lacks, or that it is of another size', async () => {
    await write('without', {});
    const model = await load(join(folder, 'without'));
    await expect(model.answer!(tall, 'a cat?')).rejects.toThrow('answers.json');
    await model.release();
    await write('short', { 'ans2label.json': { no: 1, yes: 0 } });
    await expect(load(join(folder, 'short'))).rejects.toThrow('has 2 answers, and the model chooses from 3');
  });
});

test('every dtype answers nearly as the file does', async () => {
  vi.stubEnv('HF_HOME', join(folder, 'hf'));
  const wider = { hidden_size: 128, num_attention_heads: 4, intermediate_size: 256, id2label: answers };
  const list = Object.values(answers);
  const scores = async (model: LoadedModel) => {
    const ranked = await model.rankAnswers!(wide, 'what colour is the cat?', list);
    await model.release();
    return list.map((text) => ranked.find((answer) => answer.text === text)!.score);
  };
  const exact = await scores(await opened('wider', ['classify'], wider));
  for (const [dtype, within] of Object.entries({ fp16: 2e-3, q8: 0.1, q4: 1 })) {
    const reduced = await scores(await load(join(folder, 'wider'), { dtype }));
    const errors = reduced.map((score, i) => Math.abs(score - exact[i]));
    expect(Math.max(...errors)).toBeLessThan(within);
    expect(Math.max(...errors)).toBeGreaterThan(0);
  }
  vi.unstubAllEnvs();
});
