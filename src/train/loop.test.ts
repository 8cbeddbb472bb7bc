import { expect, test } from 'vitest';
import { randomArray } from '../core/testing.ts';
import { compileLoop } from './loop.ts';

const numbers = (length: number, seed: number) => randomArray([length], seed, 0.1, 2).data as Float32Array;
const f = Math.fround;

test('a loop computes its formula in float32 for every length, and touches only its stretch', () => {
  const loop = compileLoop(['a', 'b', 'c'], ['k', 'l'], ({ a, b, c, k, l }) => {
    const shared = a.mul(k);
    return { a: shared.add(b), c: shared.sub(c.sqrt().div(l)) };
  });
  for (const [length, start, end] of [
    [1, 0, 1],
    [7, 2, 5],
    [4096, 0, 4096],
    [10_001, 3, 9_999],
  ]) {
    const [a, b, c] = [numbers(length, 1), numbers(length, 2), numbers(length, 3)];
    const [k, l] = [1.5, 0.75];
    const inside = (i: number) => i >= start && i < end;
    const wantA = a.map((value, i) => (inside(i) ? f(f(value * k) + b[i]) : value));
    const wantC = c.map((value, i) => (inside(i) ? f(f(a[i] * k) - f(f(Math.sqrt(value)) / l)) : value));
    const before = b.slice();
    loop({ a, b, c }, { k, l }, start, end);
    expect(a).toEqual(wantA);
    expect(b).toEqual(before);
    expect(c).toEqual(wantC);
  }
});
