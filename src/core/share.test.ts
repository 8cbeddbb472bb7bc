import { expect, test } from 'vitest';
import { evaluate } from '../runtime/index.ts';
import { graph } from './graph.ts';
import {
  concat,
  constant,
  dim,
  dropout,
  filled,
  float32,
  grad,
  init,
  input,
  int64,
  Key,
  lower,
  ParameterList,
  type Params,
  scalar,
  type Tensor,
} from './index.ts';
import { share } from './share.ts';
import { randomArray } from './testing.ts';

const count = (outputs: Record<string, Tensor>) => graph(outputs).nodes.length;
const x = input('x', [2, 3]);

test('a function called twice costs once, and gives the same numbers', async () => {
  const f = (at: Tensor) => at.mul(2).exp().sum(1, { keep: true }).add(at);
  const y = f(x).mul(f(x));
  const shared = share({ y });
  expect(count({ y })).toBe(9);
  expect(count(shared)).toBe(5);
  const feeds = { x: randomArray([2, 3], 1) };
  expect((await evaluate(shared, feeds)).y.data).toEqual((await evaluate({ y }, feeds)).y.data);
});

test('sharing before the gradient makes the backward pass run once too', () => {
  const parameters = new ParameterList();
  const model = (p: Params) => x.matmul(p.get('w', [3, 3], init.normal(0.02))).gelu();
  const loss = model(parameters.root).mul(model(parameters.root)).sum();
  const [w] = [...parameters].map(({ tensor }) => tensor);
  const products = (of: Tensor) =>
    graph({ slope: grad(of, [w])[0] }).nodes.filter((n) => n.primitive.name === 'matmul');
  expect(products(loss)).toHaveLength(4);
  expect(products(share({ loss }).loss)).toHaveLength(2);
});

test('what differs in anything stays apart', () => {
  const pairs: [Tensor, Tensor][] = [
    [x.sum(0), x.sum(1)],
    [x.add(1), x.add(2)],
    [x.add(0), x.add(scalar(-0))],
    [x.cast('int64'), x.cast('int32')],
    [x.sub(x.exp()), x.exp().sub(x)],
    [filled([2], Number.POSITIVE_INFINITY), filled([2], Number.NaN)],
    [filled([dim('n')], 1), filled([dim('m')], 1)],
    [x.add(input('b', [3])), x.add(input('c', [3]))],
    [x.gather(constant(int64([1], [0]))), x.gather(constant(int64([1], [1])))],
  ];
  for (const [a, b] of pairs) {
    const shared = share({ a, b });
    expect(shared.a, `${graph({ a, b }).nodes.map((node) => node.primitive.name)}`).not.toBe(shared.b);
  }
});

test('a graph that repeats nothing is the same graph', () => {
  const y = concat([x.exp(), x.tanh()], 0).softmax();
  expect(share({ y }).y).toBe(y);
});

test('dropout draws as before: one place draws once, two places draw apart', async () => {
  const key = new Key(input('key', [], 'int64'));
  const ones = filled([1000], 1);
  const at = (place: string) => dropout(ones, 0.5, key.fold(place));
  const outputs = { a: at('a'), again: at('a'), b: at('b') };
  const shared = share(outputs);
  expect(shared.again).toBe(shared.a);
  const feeds = { key: int64([], [7]) };
  const [before, after] = [await evaluate(outputs, feeds), await evaluate(shared, feeds)];
  for (const name of Object.keys(outputs)) expect(after[name].data).toEqual(before[name].data);
  expect(after.a.data).not.toEqual(after.b.data);
});

test('lowering shares, also what different primitives spell out alike', () => {
  const types = (outputs: Record<string, Tensor>) => lower(graph(outputs), 'inputs').nodes.map(({ type }) => type);
  const y = x.exp().add(x.exp());
  expect(types({ y })).toEqual(['Exp', 'Add', 'Identity']);
  // Both ask for the number of rows at run time.
  const rows = input('rows', [dim('n'), 4]);
  const means = { a: rows.mean(0), b: grad(rows.mean(0).sum(), [rows])[0] };
  expect(types(means).filter((type) => type === 'Shape')).toHaveLength(1);
});

test('equal constants are one, unequal ones are not', () => {
  const table = (...values: number[]) => constant(float32([values.length], values));
  const shared = share({ a: x.add(table(1, 2, 3)), b: x.add(table(1, 2, 3)), c: x.add(table(1, 2, 4)) });
  expect(shared.a).toBe(shared.b);
  expect(shared.a).not.toBe(shared.c);
});
