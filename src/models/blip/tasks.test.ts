/** Tasks of tiny files, each against the model's own functions, and what a file without a part is told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishTensors, writeSafetensors } from '../../checkpoint/index.ts';
import { float32, input, int64, type NDArray, ParameterList, type Tensor } from '../../core/index.ts';
import { imageProcessor } from '../../image/index.ts';
import { compile } from '../../runtime/index.ts';
import { loadTokenizer, type Tokenizer } from '../../text/index.ts';
import { load, need } from '../load.ts';
import type { LoadedModel } from '../model.ts';
import type { BlipConfig } from './config.ts';
import { answerLosses } from './finetune.ts';
import { type Blip, blip } from './model.ts';
import { noise, tinyProcessor, writeTinyBlip } from './testing.ts';
import { originalBlipNames } from './weights.ts';

/** Compiling takes a second or two on a busy machine. */
const slow = 60_000;

const root = mkdtempSync(join(tmpdir(), 'blip-'));
const place = (name: string) => join(root, name);
const kinds = {
  caption: { encoder: false, decoder: true, heads: false },
  answer: { encoder: true, decoder: true, heads: false },
  match: { encoder: true, decoder: false, heads: true },
};
type Kind = keyof typeof kinds;
const models = {} as Record<Kind, LoadedModel>;
const written = {} as Record<Kind, { config: BlipConfig; weights: Map<string, NDArray> }>;
let tokenizer: Tokenizer;

beforeAll(async () => {
  for (const [kind, parts] of Object.entries(kinds) as [Kind, (typeof kinds)[Kind]][]) {
    written[kind] = await writeTinyBlip(place(kind), parts);
    models[kind] = await load(place(kind));
  }
  tokenizer = await loadTokenizer(place('caption'));
}, slow);
afterAll(async () => {
  await Promise.all(Object.values(models).map((model) => model.release()));
  rmSync(root, { recursive: true });
});

const pictures = [noise(1), noise(2), noise(3)];
const texts = ['a red apple', 'two dogs', 'a green pear on a table', 'a dog'];

type Named<T> = Record<string, T>;

/** What a function of the model gives for one picture and rows of ids. */
async function directly(
  kind: Kind,
  picture: number,
  rows: Named<readonly number[]>,
  build: (model: Blip, seen: Tensor, ids: Named<Tensor>) => Tensor,
): Promise<number[]> {
  const { config, weights } = written[kind];
  const pixels = imageProcessor(tinyProcessor).batch([pictures[picture]]).pixelValues;
  const model = blip(new ParameterList().root, config);
  const inputs = Object.entries(rows).map(([name, ids]) => [name, input(name, [1, ids.length], 'int64')]);
  const y = build(model, model.see(input('pixels', pixels.shape)), Object.fromEntries(inputs));
  const sources = [...weights].map(([path, value]) => [path, { kind: 'data', value }] as const);
  await using program = await compile({ y }, { weights: new Map(sources) });
  const feeds: Named<NDArray> = { pixels };
  for (const [name, ids] of Object.entries(rows)) feeds[name] = int64([1, ids.length], ids);
  return Array.from((await program.run(feeds)).y.data, Number);
}

const close = (a: readonly number[], b: readonly number[]) => {
  expect(a.length).toBe(b.length);
  for (const [i, value] of a.entries()) expect(value).toBeCloseTo(b[i], 4);
};

describe('matching', () => {
  test('probabilities are those of the head, whatever texts stand beside', async () => {
    const match = need(models.match, 'match');
    const all = await match(pictures[0], texts);
    for (const [i, text] of texts.entries()) {
      const [, yes] = await directly('match', 0, { ids: tokenizer.encode(text).ids }, (model, seen, { ids }) =>
        model.match(model.read(ids, { cross: model.about(seen) })).softmax(),
      );
      expect(all[i]).toBeCloseTo(yes, 4);
    }
    expect(new Set(all.map((p) => p.toFixed(2))).size).toBeGreaterThan(2);
    close(await match(pictures[0], [texts[1]]), [all[1]]);
    await expect(match(pictures[0], [])).rejects.toThrow('at least one text');
  });

  test('similarities are cosines of unit vectors', async () => {
    const { similarity, embedImages, embedTexts } = models.match;
    const cosines = await similarity!(pictures, texts);
    const [expected] = await directly('match', 2, { ids: tokenizer.encode(texts[2]).ids }, (model, seen, { ids }) =>
      model
        .embedPicture(seen)
        .mul(model.embedText(model.read(ids)))
        .sum(),
    );
    expect(cosines[2][2]).toBeCloseTo(expected, 5);
    for (const vector of [...(await embedImages!(pictures)), ...(await embedTexts!(texts))])
      expect(vector.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 5);
  });

  test('a search orders by both scores, and reads about no more than the best', async () => {
    const found = await models.match.retrieve!(pictures, texts);
    const cosines = await models.match.similarity!(pictures, texts);
    for (const [p, row] of found.textsOf.entries()) {
      expect(row.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3]);
      const scores = row.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      for (const { index, similarity, score } of row) {
        expect(similarity).toBeCloseTo(cosines[p][index], 5);
        expect(found.picturesOf[index].find((other) => other.index === p)?.score).toBeCloseTo(score, 5);
      }
    }
    const few = await models.match.retrieve!(pictures, texts, { best: 2 });
    for (const [p, row] of few.textsOf.entries()) {
      const order = [0, 1, 2, 3].sort((a, b) => cosines[p][b] - cosines[p][a]).slice(0, 2);
      expect(row.map(({ index }) => index).sort()).toEqual(order.sort());
    }
  });
});

describe('writing', () => {
  test('captions are the same alone, together and streamed, and start with their prompt', async () => {
    const caption = need(models.caption, 'caption');
    const together = await caption(pictures, { maxNewTokens: 6 });
    expect(new Set(together.map(({ text }) => text)).size).toBeGreaterThan(1);
    for (const [i, picture] of pictures.entries()) {
      const [alone] = await caption([picture], { maxNewTokens: 6 });
      // One row and several go through other kernels of the engine, which add up in another order.
      expect(alone.score).toBeCloseTo(together[i].score, 5);
      expect({ ...alone, score: 0 }).toEqual({ ...together[i], score: 0 });
    }
    const pieces: string[] = [];
    await caption([pictures[0]], { maxNewTokens: 6, onText: (piece) => pieces.push(piece) });
    expect(pieces.join('')).toBe(together[0].text);
    const [prompted] = await caption([pictures[0]], { prompt: 'a red', maxNewTokens: 4 });
    expect(prompted.text).toMatch(/^a red/);
    await expect(caption(pictures, { onText: () => {} })).rejects.toThrow('streams one text');
  });

  test('pictures of so many tokens that each is seen by itself are captioned as alone', async () => {
    const folder = place('fine');
    await writeTinyBlip(folder, kinds.caption, { vision: { patch_size: 1 } });
    await using fine = await load(folder);
    const together = await fine.caption!(pictures, { maxNewTokens: 6 });
    expect(new Set(together.map(({ text }) => text)).size).toBeGreaterThan(1);
    for (const [i, picture] of pictures.entries()) {
      const [alone] = await fine.caption!([picture], { maxNewTokens: 6 });
      expect(alone.score).toBeCloseTo(together[i].score, 5);
      expect(alone.text).toBe(together[i].text);
    }
  });

  test('a list is ranked by the losses of its answers; first words choose which are read', async () => {
    const list = ['yes', 'no', 'two dogs', 'a red apple'];
    const question = 'is the dog brown';
    const { config } = written.answer;
    const losses: number[] = [];
    for (const text of list) {
      const answer = [config.bos, ...tokenizer.encode(text, { specialTokens: false }).ids, config.eos];
      const rows = { question: tokenizer.encode(question).ids, answer };
      const [loss] = await directly('answer', 1, rows, (model, seen, ids) => {
        const states = model.read(ids.question, { cross: model.about(seen) });
        const logits = model.head(model.write(ids.answer, { cross: model.about(states) }));
        return answerLosses(logits, ids.answer, ids.answer.equal(ids.answer).cast('int64'), 0.1);
      });
      losses.push(loss);
    }
    const rank = need(models.answer, 'rankAnswers');
    const ranked = await rank(pictures[1], question, list);
    const order = [0, 1, 2, 3].sort((a, b) => losses[a] - losses[b]);
    expect(ranked.map(({ text }) => text)).toEqual(order.map((i) => list[i]));
    close(
      ranked.map(({ score }) => -score),
      order.map((i) => losses[i]),
    );
    expect((await rank(pictures[1], question, list, { candidates: 2 })).length).toBe(2);
    const answer = await need(models.answer, 'answer')(pictures[1], question, { maxNewTokens: 5 });
    expect(answer.tokens).toBeGreaterThan(0);
    await expect(rank(pictures[1], ' ', list)).rejects.toThrow('the question is empty');
  });
});

test('a task that the file cannot serve is refused by name', () => {
  expect(models.caption.tasks).toEqual(['caption']);
  expect(() => need(models.caption, 'match')).toThrow(/cannot match; its file serves caption/);
  expect(() => need(models.match, 'caption')).toThrow(/cannot caption; its file serves match, embed/);
  expect(() => need(models.answer, 'similarity')).toThrow(/cannot similarity; its file serves answer/);
});

test('a file of the original repository captions and matches from its tensors alone', async () => {
  // Heads of released files are 64 wide, which is how their number is found; [SEP] is number 102 of BERT's vocabulary.
  const wide = { hidden_size: 64, num_attention_heads: 1 };
  const { config, weights } = await writeTinyBlip(
    place('whole'),
    { encoder: true, decoder: true, heads: true },
    { text: wide, vision: wide, ground: true },
  );
  await mkdir(place('original'));
  const published = publishTensors(weights, originalBlipNames());
  const whole = new Map([...published].map(([name, value]) => [`model.${name}`, value]));
  whole.set('model.visual_encoder_m.cls_token', float32([1, 1, 64], new Float32Array(64)));
  whole.set('model.queue_ptr', int64([1], [0]));
  await writeSafetensors(join(place('original'), 'model_base.safetensors'), whole);
  await copyFile(join(place('whole'), 'tokenizer.json'), join(place('original'), 'tokenizer.json'));

  await using library = await load(place('whole'));
  await using original = await load(join(place('original'), 'model_base.safetensors'));
  expect(original.tasks).toEqual(['caption', 'match', 'embed']);
  expect(config.ground).toBe(config.text.vocabulary - 1);
  const [a, b] = await Promise.all([library, original].map((model) => model.match!(pictures[0], texts)));
  // The picture tower's epsilon is 1e-6 there and 1e-5 in the library's configurations.
  for (const [i, p] of a.entries()) expect(p).toBeCloseTo(b[i], 3);
  const [c, d] = await Promise.all(
    [library, original].map((model) => model.caption!([pictures[0]], { maxNewTokens: 4, minNewTokens: 4 })),
  );
  expect(c[0].text).toBe(d[0].text);
});
