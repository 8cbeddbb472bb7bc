import { describe, expect, test } from 'vitest';
import { compile, evaluate } from '../runtime/index.ts';
import {
  addSizes,
  concat,
  constant,
  dim,
  divideSizes,
  dropout,
  evaluateSize,
  float32,
  floatToHalf,
  graph,
  halfToFloat,
  init,
  input,
  int64,
  Key,
  linear,
  multiplySizes,
  ParameterList,
  printGraph,
  range,
  resize,
  saltOf,
  sameSize,
  scatterRows,
  subtractSizes,
  uniformNumber,
} from './index.ts';
import { largestError, randomArray } from './testing.ts';

describe('sizes', () => {
  const [b, n] = [dim('b'), dim('n')];

  test('add, multiply and divide as polynomials', () => {
    expect(String(addSizes(n, 1))).toBe('n + 1');
    expect(subtractSizes(addSizes(n, 1), n)).toBe(1);
    expect(String(multiplySizes(b, addSizes(n, 2)))).toBe('2*b + b*n');
    expect(sameSize(divideSizes(multiplySizes(b, addSizes(n, 2)), b)!, addSizes(n, 2))).toBe(true);
    expect(divideSizes(multiplySizes(n, 6), 4)).toBeUndefined();
    expect(evaluateSize(multiplySizes(b, addSizes(n, 2)), { b: 3, n: 5 })).toBe(21);
  });

  test('one program serves every batch and length', async () => {
    const x = input('x', [b, n, 4]);
    const y = concat([x, x], 1).rearrange('b n (h d) -> (b h) n d', { h: 2 }).slice(1, 1, addSizes(n, 1));
    const position = range(0, n).cast('float32').reshape([1, n, 1]);
    await using program = await compile({
      y: y.add(position),
      z: y.mul(x.rearrange('b n (h d) -> (b h) n d', { h: 2 })),
    });
    for (const [batch, length] of [
      [1, 3],
      [2, 5],
    ]) {
      const { y: value, z } = await program.run({ x: randomArray([batch, length, 4], 1) });
      expect(value.shape).toEqual([batch * 2, length, 2]);
      expect(z.shape).toEqual([batch * 2, length, 2]);
    }
  });
});

describe('half precision', () => {
  test('every finite half survives the round trip', () => {
    for (let word = 0; word < 0x10000; word++) {
      const value = halfToFloat(word);
      if (Number.isFinite(value) && word !== 0x8000) expect(floatToHalf(value)).toBe(word);
    }
  });

  test('rounds ties to even and overflows to infinity', () => {
    expect(halfToFloat(floatToHalf(1 + 2 ** -11))).toBe(1);
    expect(halfToFloat(floatToHalf(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9);
    expect(halfToFloat(floatToHalf(1e6))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('graphs', () => {
  test('print as text', () => {
    const list = new ParameterList();
    const p = list.root.at('head');
    const x = input('x', [dim('batch'), 3]);
    const y = linear(x, p.get('weight', [2, 3], init.normal(0.02)), p.get('bias', [2]))
      .gelu()
      .mul(2);
    expect(printGraph(graph({ y }))).toMatchInlineSnapshot(`
      "graph(x: float32[batch, 3]) {
        %0 = linear(x, head.weight, head.bias) : float32[batch, 2]
        %1, %2 = gelu(%0) : float32[batch, 2], float32[batch, 2]
        %3 = mul(%1, 2) : float32[batch, 2]
        return y = %3
      }"
    `);
    expect([...list].map(({ path, shape }) => `${path} ${shape}`)).toEqual(['head.weight 2,3', 'head.bias 2']);
  });

  test('name what does not fit', () => {
    const x = input('x', [2, 3]);
    expect(() => x.matmul(input('y', [4, 5]))).toThrow(
      'matmul(float32[2, 3], float32[4, 5]): inner sizes 3 and 4 differ',
    );
    expect(() => x.rearrange('a (b c) -> a b c', { b: 2 })).toThrow('is not (b c)');
  });
});

describe('randomness', () => {
  test('the graph and the host draw the same numbers', async () => {
    const key = input('key', [], 'int64');
    const place = new Key(key).fold('block', 3, 'dropout');
    const { u } = await evaluate({ u: place.uniform([5, 1000]) }, { key: int64([], [123456789]) });
    const host = Array.from({ length: 5000 }, (_, i) => uniformNumber(123456789, saltOf(place.path), i));
    expect(largestError(u.data as Float32Array, host)).toBe(0);
    const mean = host.reduce((a, b) => a + b) / 5000;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
  });

  test('dropout keeps the expected share and scale', async () => {
    const key = input('key', [], 'int64');
    const x = constant(float32([10000], new Float32Array(10000).fill(1)));
    const { y } = await evaluate({ y: dropout(x, 0.25, new Key(key)) }, { key: int64([], [5]) });
    const kept = [...(y.data as Float32Array)].filter((v) => v !== 0);
    expect(Math.abs(kept.length / 10000 - 0.75)).toBeLessThan(0.02);
    expect(kept[0]).toBeCloseTo(1 / 0.75, 6);
  });
});

test('repeated rows are all added, also when there are many', async () => {
  const rows = 20000;
  const updates = constant(float32([rows, 2], new Float32Array(rows * 2).fill(1)));
  const { y } = await evaluate({
    y: scatterRows(
      updates,
      constant(
        int64(
          [rows],
          Array.from({ length: rows }, (_, i) => i % 3),
        ),
      ),
      4,
    ),
  });
  expect([...(y.data as Float32Array)]).toEqual([6667, 6667, 6667, 6667, 6666, 6666, 0, 0]);
});

test('resizing to the same grid changes nothing', async () => {
  const value = randomArray([1, 2, 4, 5], 3);
  const { y } = await evaluate({ y: resize(constant(value), 4, 5, { mode: 'bicubic' }).add(0) });
  expect(y.data).toEqual(value.data);
});
