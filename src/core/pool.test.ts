import { describe, expect, test } from 'vitest';
import { evaluate } from '../runtime/index.ts';
import { constant, dim, float32, grad, input, maxPool, maxRoiPool } from './index.ts';
import { randomArray } from './testing.ts';

/** 0, 1, 2, … as one map of one picture. */
const counted = (rows: number, columns: number) =>
  constant(
    float32(
      [1, 1, rows, columns],
      Array.from({ length: rows * columns }, (_, i) => i),
    ),
  );
const values = async (y: ReturnType<typeof maxPool>) => {
  const { y: result } = await evaluate({ y: y.add(0) });
  expect(result.shape).toEqual(y.shape);
  return Array.from(result.data, Number);
};

describe('the largest of each window', () => {
  test('whole windows, padded ones, and one that reaches over the end', async () => {
    expect(await values(maxPool(counted(4, 5), { kernel: 3, stride: 2 }))).toEqual([12, 14]);
    expect(await values(maxPool(counted(4, 5), { kernel: 3, stride: 2, padding: 1 }))).toEqual([6, 8, 9, 16, 18, 19]);
    expect(await values(maxPool(counted(4, 5), { kernel: 3, stride: 2, ceil: true }))).toEqual([12, 14, 17, 19]);
  });

  test('a window that would begin after the end is none', async () => {
    expect(await values(maxPool(counted(1, 2), { kernel: 1, stride: 2, ceil: true }))).toEqual([0]);
  });

  test('the slope goes to the largest value, and adds up where windows share it', async () => {
    const x = counted(1, 5).add(0);
    const [slope] = grad(maxPool(x.pad(2, 1, 1), { kernel: 3, stride: 1 }).sum(), [x]);
    expect(await values(slope)).toEqual([0, 0, 1, 1, 1]);
  });

  test('a map without fixed sides is refused', () => {
    expect(() => maxPool(input('x', [1, 3, dim('h'), 4]), { kernel: 2, stride: 2 })).toThrow('fixed h and w');
    expect(() => maxPool(counted(2, 2), { kernel: 3, stride: 1 })).toThrow('a window of 3 does not fit in 2 positions');
  });
});

describe('regions of a map', () => {
  test('corners are scaled and rounded, both ends count, and an empty part is 0', async () => {
    const boxes = constant(float32([2, 5], [0, 2, 2, 5, 5, 0, 100, 100, 120, 120]));
    expect(await values(maxRoiPool(counted(4, 4), boxes, { bins: 2, scale: 0.5 }))).toEqual([
      ...[10, 11, 14, 15],
      ...[0, 0, 0, 0],
    ]);
  });

  test('rows say which picture', async () => {
    const x = constant(randomArray([2, 1, 2, 2], 3));
    const boxes = constant(float32([1, 5], [1, 0, 0, 0, 0]));
    const [value] = await values(maxRoiPool(x, boxes, { bins: 1, scale: 1 }));
    expect(value).toBe(randomArray([2, 1, 2, 2], 3).data[4]);
  });
});
