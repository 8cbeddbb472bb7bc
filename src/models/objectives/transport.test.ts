import { describe, expect, test } from 'vitest';
import { constant, float32, grad, input, int64, toFloat32 } from '../../core/index.ts';
import { evaluate } from '../../runtime/index.ts';
import { align, innerWords, transportPlan, withoutClass } from './transport.ts';

const all = (size: number) => constant(int64([1, size], Array(size).fill(1)));
const costs = (rows: number[][]) => constant(float32([1, rows.length, rows[0].length], Float32Array.from(rows.flat())));

describe('the transport plan', () => {
  async function planOf(rows: number[][], iterations?: number) {
    const cost = costs(rows);
    const plan = transportPlan(cost, all(rows.length), all(rows[0].length), { iterations });
    const { p, d } = await evaluate({ p: plan, d: cost.mul(plan).sum() });
    return { plan: [...toFloat32(p)], distance: toFloat32(d)[0] };
  }

  test('moves every word to the region that costs nothing', async () => {
    const { plan, distance } = await planOf([
      [0, 1],
      [1, 0],
    ]);
    for (const [i, value] of [0.5, 0, 0, 0.5].entries()) expect(plan[i]).toBeCloseTo(value, 6);
    expect(distance).toBeLessThan(1e-6);
  });

  test('splits a word between regions where that is cheapest', async () => {
    const rows = [
      [0.1, 0.9, 0.5],
      [0.8, 0.2, 0.4],
    ];
    const { plan, distance } = await planOf(rows);
    for (const [i, value] of [0.333332, 0, 0.166668, 0, 0.333334, 0.166666].entries())
      expect(plan[i]).toBeCloseTo(value, 5);
    expect(distance).toBeCloseTo(0.25, 5);
    expect((await planOf(rows, 1)).distance).toBeCloseTo(0.340417, 5);
  });

  test('costs what every move costs where all cost the same', async () => {
    const rows = Array.from({ length: 3 }, () => Array(5).fill(0.7));
    expect((await planOf(rows)).distance).toBeCloseTo(0.7, 5);
  });

  test('leaves out what the masks exclude', async () => {
    const cost = costs([
      [0.1, 0.9, 0.5, 0.3],
      [0.8, 0.2, 0.4, 0.3],
      [0.2, 0.2, 0.2, 0.2],
    ]);
    const plan = transportPlan(cost, constant(int64([1, 3], [1, 1, 0])), constant(int64([1, 4], [1, 1, 1, 0])));
    const { p, d } = await evaluate({ p: plan, d: cost.mul(plan).sum() });
    const numbers = [...toFloat32(p)];
    expect([3, 7, 8, 9, 10, 11].map((at) => numbers[at])).toEqual([0, 0, 0, 0, 0, 0]);
    expect(toFloat32(d)[0]).toBeCloseTo(0.25, 5);
  });
});

test('the gradient goes through the cost alone, and is finite at a vector of zeros', async () => {
  const text = input('text', [1, 2, 3]);
  const picture = input('picture', [1, 2, 3]);
  const { plan, cost, distance } = align(text, picture, all(2), all(2));
  const feeds = {
    text: float32([1, 2, 3], Float32Array.of(0, 0, 0, 1, 2, 3)),
    picture: float32([1, 2, 3], Float32Array.of(1, 0, 1, 0, 2, 1)),
  };
  const fixed = cost.mul(plan.stopGradient()).sum();
  const [whole] = grad(distance.sum(), [text]);
  const [apart] = grad(fixed, [text]);
  const { whole: a, apart: b } = await evaluate({ whole, apart }, feeds);
  expect([...toFloat32(a)]).toEqual([...toFloat32(b)]);
  expect([...toFloat32(a)].every(Number.isFinite)).toBe(true);
  expect(Math.max(...toFloat32(a))).toBeGreaterThan(0.01);
});

test('words without their first and last token; patches without the class token', async () => {
  const words = constant(int64([2, 5], [1, 1, 1, 1, 0, 1, 1, 1, 1, 1]));
  const patches = constant(int64([1, 4], [1, 1, 1, 0]));
  const { inner, shown } = await evaluate({ inner: innerWords(words), shown: withoutClass(patches) });
  expect(Array.from(inner.data, Number)).toEqual([0, 1, 1, 0, 0, 0, 1, 1, 1, 0]);
  expect(Array.from(shown.data, Number)).toEqual([0, 1, 1, 0]);
});
