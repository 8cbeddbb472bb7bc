/** What the stored step does not say about the objectives: draws, targets, queues that wrap, slow copies, resuming. */
import { describe, expect, test } from 'vitest';
import {
  constant,
  float32,
  input,
  int64,
  Key,
  type NDArray,
  ParameterList,
  scalar,
  type Tensor,
} from '../../core/index.ts';
import { randomArray } from '../../core/testing.ts';
import { compile, evaluate } from '../../runtime/index.ts';
import { compileStep, Learner } from '../../train/index.ts';
import { blipConfig } from './config.ts';
import { blip } from './model.ts';
import { enqueue, Following, type Moves, queueAt, startMomentum } from './momentum.ts';
import { contrast, diagonal, drawNegatives, negativeWeights, nextTokens, pretraining } from './pretrain.ts';
import { fromPretrained } from './pretrained.ts';
import { tinyConfig } from './testing.ts';

const config = blipConfig(tinyConfig({ '[PAD]': 0, '[SEP]': 2, a: 1, b: 3, c: 4, d: 5 }, { ground: true }));
const numbers = ({ data }: NDArray) => Array.from(data, Number);
const given = (shape: number[], seed: number) => constant(randomArray(shape, seed));
const unitRows = (shape: number[], seed: number) => {
  const x = given(shape, seed);
  return x.div(x.mul(x).sum(-1, { keep: true }).sqrt());
};

describe('hard negatives', () => {
  test('are never the pair itself, and follow their weights', async () => {
    const weights = negativeWeights(given([4, 4], 1).mul(2), diagonal(4), 1e-4);
    const key = new Key(input('key', [], 'int64'));
    await using program = await compile({ drawn: drawNegatives(weights, key), weights });
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    const draws = 400;
    let expected: number[] = [];
    for (let i = 0; i < draws; i++) {
      const { drawn, weights: w } = await program.run({ key: int64([], [i]) });
      for (const [row, at] of numbers(drawn).entries()) counts[row][at]++;
      expected = numbers(w);
    }
    for (const [row, count] of counts.entries()) {
      const own = expected.slice(row * 4, row * 4 + 4);
      const sum = own.reduce((a, b) => a + b);
      expect(count[row]).toBe(0);
      for (const [i, n] of count.entries()) expect(Math.abs(n / draws - own[i] / sum)).toBeLessThan(0.1);
    }
  });
});

describe('contrast', () => {
  const online = { pictures: unitRows([3, 6], 2), texts: unitRows([3, 6], 3) };
  const slow = { pictures: unitRows([3, 6], 4), texts: unitRows([3, 6], 5) };
  const queue = { pictures: unitRows([5, 6], 6), texts: unitRows([5, 6], 7) };
  const at = (alpha: number, right?: Tensor) =>
    contrast(online, { slow, queue, temperature: scalar(0.2), alpha: scalar(alpha), right }).loss;

  test('without soft targets it is InfoNCE over batch and queue', async () => {
    const one = (from: Tensor, batch: Tensor, queued: Tensor) => {
      const own = from.matmul(batch, { transposeB: true }).div(0.2);
      const all = own
        .exp()
        .sum(1)
        .add(from.matmul(queued, { transposeB: true }).div(0.2).exp().sum(1));
      const matched = own.mul(diagonal(3).cast('float32')).sum(1);
      return all.log().sub(matched).mean();
    };
    const expected = one(online.pictures, slow.texts, queue.texts)
      .add(one(online.texts, slow.pictures, queue.pictures))
      .mul(0.5);
    const { loss, plain } = await evaluate({ loss: at(0), plain: expected });
    expect(numbers(loss)[0]).toBeCloseTo(numbers(plain)[0], 5);
  });

  test('soft targets mix in by their share', async () => {
    const { none, some, all } = await evaluate({ none: at(0), some: at(0.25), all: at(1) });
    expect(numbers(some)[0]).toBeCloseTo(0.75 * numbers(none)[0] + 0.25 * numbers(all)[0], 5);
  });
});

const next = (moves: Moves) => Object.fromEntries([...moves].map(([path, value]) => [`next ${path}`, value]));

test('a queue takes batches in turn and begins again at its end', async () => {
  const list = new ParameterList();
  const scope = list.root.at('queue');
  const queue = queueAt(scope, 5, 2);
  const moves = enqueue(scope, queue, {
    pictures: constant(float32([2, 2], [1, 2, 3, 4])),
    texts: constant(float32([2, 2], [5, 6, 7, 8])),
  });
  const program = await compile(next(moves));
  const zeros = float32([5, 2], new Float32Array(10));
  const feeds = { 'queue.pictures': zeros, 'queue.texts': zeros, 'queue.pointer': float32([1], [4]) };
  const after = await program.run(feeds);
  expect(numbers(after['next queue.pictures'])).toEqual([3, 4, 0, 0, 0, 0, 0, 0, 1, 2]);
  expect(numbers(after['next queue.texts'])).toEqual([7, 8, 0, 0, 0, 0, 0, 0, 5, 6]);
  expect(numbers(after['next queue.pointer'])).toEqual([1]);
  await program.release();
});

test.each([
  [1, [2, 4]],
  [0, [10, 20]],
  [0.75, [4, 8]],
])('a slow copy that keeps %d of itself', async (keep, expected) => {
  const moves: Moves = new Map();
  const { root } = new ParameterList();
  new Following(root.at('momentum'), root, keep, moves).at('part').get('weight', [2]);
  const feeds = { 'momentum.part.weight': float32([2], [2, 4]), 'part.weight': float32([2], [10, 20]) };
  await using program = await compile(next(moves));
  expect(numbers((await program.run(feeds))['next momentum.part.weight'])).toEqual(expected);
});

test('smoothing mixes the loss with the mean over the vocabulary', async () => {
  const logits = given([2, 4, 7], 9);
  const labels = constant(int64([2, 4], [1, 2, 3, -100, 1, 6, 5, 4]));
  const uniform = logits.logSoftmax().slice(1, 0, -1).mean(-1).neg();
  const counted = labels.slice(1, 1).equal(-100).not().cast('float32');
  const { smooth, plain, even } = await evaluate({
    smooth: nextTokens(logits, labels, { smoothing: 0.1 }),
    plain: nextTokens(logits, labels),
    even: uniform.mul(counted).sum().div(counted.sum()),
  });
  expect(numbers(smooth)[0]).toBeCloseTo(0.9 * numbers(plain)[0] + 0.1 * numbers(even)[0], 5);
});

test('what is written does not see what follows; what is read does', async () => {
  const list = new ParameterList();
  const model = blip(list.root, config);
  const seen = given([1, 5, config.vision.width], 11);
  const cross = model.about(seen);
  const ids = input('ids', [1, 4], 'int64');
  const outputs = { written: model.write(ids, { cross }), read: model.read(ids, { cross }) };
  await using program = await compile(outputs);
  const weights = Object.fromEntries([...list].map(({ path, shape }, i) => [path, randomArray(shape, i, -0.3, 0.3)]));
  const run = async (row: number[]) => {
    const used = Object.fromEntries(program.inputs.flatMap((name) => (weights[name] ? [[name, weights[name]]] : [])));
    const { written, read } = await program.run({ ...used, ids: int64([1, 4], row) });
    return {
      written: numbers(written).slice(0, 2 * config.text.width),
      read: numbers(read).slice(0, config.text.width),
    };
  };
  const [a, b] = [await run([1, 3, 4, 2]), await run([1, 3, 5, 2])];
  expect(a.written).toEqual(b.written);
  expect(a.read).not.toEqual(b.read);
});

test('stacks that were shared come apart, and one attention becomes two', () => {
  const array = (value: number) => float32([1], [value]);
  const weights = new Map([
    ['encoder.words.weight', array(1)],
    ['encoder.blocks.0.attn.q.bias', array(2)],
    ['decoder.blocks.0.attn.q.bias', array(3)],
    ['encoder.blocks.0.cross.q.bias', array(4)],
    ['momentum.encoder.words.weight', array(5)],
  ]);
  const wanted = new ParameterList();
  for (const path of ['decoder.words.weight', 'decoder.blocks.0.attn.q.bias', 'encoder.blocks.0.cross.1.q.bias', 'new'])
    wanted.root.get(path, [1]);
  const found = fromPretrained(weights, wanted);
  expect([...found].map(([path, value]) => [path, numbers(value)[0]])).toEqual([
    ['decoder.words.weight', 1],
    ['decoder.blocks.0.attn.q.bias', 3],
    ['encoder.blocks.0.cross.1.q.bias', 4],
  ]);
});

test('a run moves its copies and queue, and goes on from what a checkpoint holds as if never stopped', async () => {
  const one = { num_hidden_layers: 1 };
  const small = blipConfig(
    tinyConfig({ '[PAD]': 0, '[SEP]': 2, a: 1, b: 3 }, { text: one, vision: one, ground: true }),
  );
  const parameters = new ParameterList();
  const inputs = {
    pixels: input('pixels', [2, 3, 32, 32]),
    ids: input('ids', [2, 4], 'int64'),
    mask: input('mask', [2, 4], 'int64'),
    alpha: input('alpha', []),
    key: input('key', [], 'int64'),
  };
  const { loss, itc, itm, lm, moves } = pretraining(parameters.root, small, inputs, {
    queue: 4,
    key: new Key(inputs.key),
  });
  await using step = await compileStep({
    parameters,
    inputs,
    loss,
    metrics: { itc: itc.loss, itm: itm.loss, lm: lm.loss },
    trainable: (path) => !/^(momentum|queue)\./.test(path),
    moves,
  });
  step.store.initialise(1);
  step.store.load(startMomentum(step.store.views()));
  const learner = new Learner(step, {});
  const update = (count: number) => {
    const batch = {
      pixels: randomArray([2, 3, 32, 32], count),
      ids: int64([2, 4], [1, 3, 2, 0, 1, 3, 3, 2]),
      mask: int64([2, 4], [1, 1, 1, 0, 1, 1, 1, 1]),
      alpha: float32([], [0.4]),
    };
    return learner.update(async () => ({ batch, key: count }), { rate: 1e-3, count });
  };
  const copy = () =>
    Object.entries(learner.arrays()).flatMap(([kind, views]) =>
      [...views].map(([path, { data }]) => ({ kind, path, values: (data as Float32Array).slice() })),
    );
  const weightsOf = (state: ReturnType<typeof copy>, path: string) =>
    Array.from(state.find((entry) => entry.kind === 'weights' && entry.path === path)!.values);

  const before = copy();
  const first = await update(1);
  expect(first.loss).toBeCloseTo(first.metrics.itc + first.metrics.itm + first.metrics.lm, 4);
  const after = copy();
  expect(weightsOf(after, 'queue.pointer')).toEqual([2]);
  const halves = (state: ReturnType<typeof copy>) => {
    const rows = weightsOf(state, 'queue.pictures');
    return [rows.slice(0, rows.length / 2), rows.slice(rows.length / 2)];
  };
  expect(halves(after)[0]).not.toEqual(halves(before)[0]);
  expect(halves(after)[1]).toEqual(halves(before)[1]);

  const second = await update(2);
  const end = copy();
  const slow = 'momentum.vision.patch.weight';
  expect(weightsOf(end, slow)).not.toEqual(weightsOf(after, slow));
  const places = learner.arrays();
  for (const { kind, path, values } of after) (places[kind].get(path)!.data as Float32Array).set(values);
  expect((await update(2)).loss).toBe(second.loss);
  expect(copy()).toEqual(end);
});
