import { expect, test } from 'vitest';
import { float32, init, input, type NDArray, ParameterList } from '../core/index.ts';
import { largestError } from '../core/testing.ts';
import { compile } from '../runtime/index.ts';
import { meanOutputs } from './evaluate.ts';
import { batchKey } from './initialise.ts';
import { Learner } from './learner.ts';
import { compileStep } from './step.ts';
import { initialise, ParameterStore } from './store.ts';
import { classifier, points } from './testing.ts';

async function freshStep(options: { trainable?: (path: string) => boolean; rate?: number; adds?: boolean } = {}) {
  const { trainable, adds } = options;
  const step = await compileStep({ ...classifier({ rate: 0, ...options }), trainable, adds });
  step.store.initialise(1);
  return step;
}
const given =
  (batch: Record<string, NDArray>, key = 0) =>
  async () => ({ batch, key });
const copies = (views: ReadonlyMap<string, NDArray>) =>
  new Map([...views].map(([path, { data }]) => [path, (data as Float32Array).slice()]));

test('weights are read from, and gradients written into, views of flat arrays at their offsets', async () => {
  await using step = await freshStep();
  const { store } = step;
  const batch = await points(0);
  const gradients = new Float32Array(store.trainableLength);
  const { loss } = await step.run(batch, gradients);
  // Finite differences move one number of the flat array at a time: right only if both offsets are honoured.
  const scratch = new Float32Array(store.trainableLength);
  for (const { parameter, start } of store.trainable) {
    const at = start + 1;
    const kept = store.values[at];
    const change = 1e-2;
    store.values[at] = kept + change;
    const up = (await step.run(batch, scratch)).loss;
    store.values[at] = kept - change;
    const down = (await step.run(batch, scratch)).loss;
    store.values[at] = kept;
    expect(Math.abs((up - down) / (2 * change) - gradients[at]), parameter.path).toBeLessThan(2e-4);
  }
  expect((await step.run(batch, scratch)).loss).toBe(loss);
});

test('two accumulated batches equal one batch of both', async () => {
  const [a, b] = [await points(1), await points(2)];
  const joined = (name: string) => [...(a[name].data as Float32Array), ...(b[name].data as Float32Array)];
  await using one = await freshStep();
  await using two = await freshStep({ adds: true });
  const both = {
    x: float32([32, 8], joined('x')),
    y: { ...a.y, shape: [32], data: BigInt64Array.from(joined('y') as never) },
  };
  const queue = [a, b];
  const big = await new Learner(one, {}).update(given(both), { rate: 0.01, count: 1 });
  const next = async () => ({ batch: queue.shift()!, key: 0 });
  const sum = await new Learner(two, { accumulate: 2 }).update(next, { rate: 0.01, count: 1 });
  expect(sum.loss).toBeCloseTo(big.loss, 6);
  expect(sum.norm).toBeCloseTo(big.norm, 6);
  expect(sum.metrics.accuracy).toBeCloseTo(big.metrics.accuracy, 6);
  expect(largestError(two.store.values, one.store.values)).toBeLessThan(1e-5);
  // The next update starts from nothing again.
  const learner = new Learner(two, { accumulate: 2 });
  const again = { rate: 0, count: 1 };
  const [first, second] = [await learner.update(given(a), again), await learner.update(given(a), again)];
  expect(second.norm).toBe(first.norm);
  expect(() => new Learner(one, { accumulate: 2 })).toThrow('compiled with { adds: true }');
});

test('a step that adds leaves what was there in the sum, in the same memory', async () => {
  await using plain = await freshStep();
  await using adding = await freshStep({ adds: true });
  const batch = await points(0);
  const [gradients, sum] = [plain, adding].map(({ store }) => store.arena.floats(store.trainableLength));
  await plain.run(batch, gradients);
  for (const { start, end } of adding.store.trainable) sum.fill(0.5, start, end);
  for (let i = 0; i < 3; i++) await adding.run(batch, sum);
  for (const { parameter, start, end } of adding.store.trainable)
    for (let i = start; i < end; i++) expect(sum[i], parameter.path).toBeCloseTo(0.5 + 3 * gradients[i], 5);
});

test('frozen parts stay as they are and cost no state', async () => {
  await using step = await freshStep({ trainable: (path) => !path.startsWith('vision.') });
  const before = copies(step.store.views());
  const learner = new Learner(step, { average: 0.5 });
  await learner.update(given(await points(0)), { rate: 0.01, count: 1 });
  const after = step.store.views();
  for (const [path, values] of before)
    expect(largestError(after.get(path)!.data as Float32Array, values) > 0, path).toBe(path.startsWith('head.'));
  expect([...learner.arrays().first.keys()]).toEqual(['head.weight', 'head.bias']);
  expect(learner.weights.size).toBe(4);
});

test('the average follows the weights with its decay, faster in the first steps', async () => {
  await using step = await freshStep();
  const learner = new Learner(step, { average: 0.25 });
  const expected = step.store.values.slice();
  for (const [count, decay] of [
    [1, 2 / 11],
    [2, 0.25],
    [3, 0.25],
  ]) {
    await learner.update(given(await points(count)), { rate: 0.01, count });
    for (const [i, value] of step.store.values.entries()) expected[i] = decay * expected[i] + (1 - decay) * value;
  }
  const average = step.store.views(expected);
  for (const [path, { data }] of learner.weights)
    expect(largestError(data as Float32Array, average.get(path)!.data as Float32Array), path).toBeLessThan(1e-6);
});

test('clipping scales the gradient down to the norm asked for', async () => {
  const batch = await points(0);
  await using free = await freshStep();
  await using tight = await freshStep();
  const { norm } = await new Learner(free, { clip: 0 }).update(given(batch), { rate: 0, count: 1 });
  const clipped = new Learner(tight, { clip: norm / 4 });
  expect((await clipped.update(given(batch), { rate: 0, count: 1 })).norm).toBe(norm);
  const open = new Learner(free, { clip: 0 });
  await open.update(given(batch), { rate: 0, count: 1 });
  const moment = (learner: Learner) => learner.arrays().first.get('head.weight')!.data as Float32Array;
  expect(
    largestError(
      moment(clipped).map((m) => 4 * m),
      moment(open),
    ),
  ).toBeLessThan(1e-7);
});

test('a gradient that is not finite names the step and the parameter and changes nothing', async () => {
  const parameters = new ParameterList();
  const p = parameters.root;
  const x = input('x', [2]);
  const good = p.get('good', [2], init.ones);
  const bad = p.get('bad', [2], init.zeros);
  // The slope of a square root at 0 is infinite, while the loss itself is fine.
  const loss = good.mul(x).add(bad.mul(x).sqrt()).sum();
  await using step = await compileStep({ parameters, inputs: { x }, loss });
  step.store.initialise(0);
  const before = step.store.values.slice();
  const update = new Learner(step, {}).update(given({ x: float32([2], [1, 1]) }), { rate: 1, count: 8 });
  await expect(update).rejects.toThrow(/^step 8: .*first bad gradient is that of bad; weights are as after step 7/);
  expect(step.store.values).toEqual(before);
});

test('dropout follows the key, and equal seeds draw equal keys and parameters', async () => {
  await using step = await freshStep({ rate: 0.5 });
  const batch = await points(0);
  const scratch = new Float32Array(step.store.trainableLength);
  const loss = async (key: number) => (await step.run(batch, scratch, key)).loss;
  expect(await loss(batchKey(1, 0))).toBe(await loss(batchKey(1, 0)));
  expect(await loss(batchKey(1, 0))).not.toBe(await loss(batchKey(1, 1)));
  const { parameters } = classifier();
  expect(initialise(parameters, 4)).toEqual(initialise(parameters, 4));
  expect(initialise(parameters, 4)).not.toEqual(initialise(parameters, 5));
});

test('normal parameters have the spread that they ask for', () => {
  const parameters = new ParameterList();
  parameters.root.get('weight', [100, 100], init.normal(0.02));
  const values = initialise(parameters, 1).get('weight')!.data as Float32Array;
  const mean = values.reduce((a, b) => a + b) / values.length;
  const spread = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  expect(Math.abs(mean)).toBeLessThan(0.0006);
  expect(spread).toBeCloseTo(0.02, 3);
});

test('held-out scores are means over examples, from the weights given', async () => {
  const { parameters, inputs, loss, metrics } = classifier({ rate: 0 });
  await using program = await compile({ loss, ...metrics });
  expect(program.inputs).not.toContain('key');
  const weights = initialise(parameters, 1);
  const scores = await meanOutputs(program, weights, [await points(0, 4), await points(1, 12)]);
  await using step = await compileStep({ parameters, inputs, loss, metrics });
  step.store.load(weights);
  const scratch = new Float32Array(step.store.trainableLength);
  const [a, b] = [await step.run(await points(0, 4), scratch), await step.run(await points(1, 12), scratch)];
  expect(scores.loss).toBeCloseTo((4 * a.loss + 12 * b.loss) / 16, 6);
  expect(scores.accuracy).toBeCloseTo((4 * a.metrics.accuracy + 12 * b.metrics.accuracy) / 16, 6);
});

test('steps of two objectives train the numbers of one store', async () => {
  const { parameters, inputs, loss } = classifier({ rate: 0 });
  const store = new ParameterStore(parameters);
  await using once = await compileStep({ parameters, store, inputs, loss });
  await using twice = await compileStep({ parameters, store, inputs, loss: loss.mul(2) });
  store.initialise(1);
  const steps = [once, twice];
  let turn = 0;
  const learner = new Learner({ store, run: (...given) => steps[turn].run(...given) }, { clip: 0 });
  const norms: number[] = [];
  for (; turn < 2; turn++)
    norms.push((await learner.update(given(await points(0)), { rate: 0, count: turn + 1 })).norm);
  expect(norms[1] / norms[0]).toBeCloseTo(2, 5);
  turn = 1;
  const before = copies(store.views());
  await learner.update(given(await points(0)), { rate: 0.01, count: 3 });
  expect([...copies(store.views())]).not.toEqual([...before]);
});
