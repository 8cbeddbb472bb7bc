import { expect, test } from 'vitest';
import { randomArray } from '../core/testing.ts';
import { Arena, compileLoop } from './loop.ts';

const numbers = (length: number, seed: number) => randomArray([length], seed, 0.1, 2).data as Float32Array;
const f = Math.fround;

/** Where the arrays of a loop live: all in an arena, none, or some. */
const homes = {
  'in an arena': [true, true, true],
  outside: [false, false, false],
  'on both sides': [true, false, true],
};

test.each(Object.entries(homes))(
  'a loop over arrays %s computes in float32 and touches only its stretch',
  (_, inside) => {
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
      const arena = new Arena([length, length, length]);
      const [a, b, c] = inside.map((is, i) => {
        const array = is ? arena.floats(length) : new Float32Array(length);
        array.set(numbers(length, i + 1));
        return array;
      });
      const [k, l] = [1.5, 0.75];
      const within = (i: number) => i >= start && i < end;
      const wantA = a.map((value, i) => (within(i) ? f(f(value * k) + b[i]) : value));
      const wantC = c.map((value, i) => (within(i) ? f(f(a[i] * k) - f(f(Math.sqrt(value)) / l)) : value));
      const before = b.slice();
      loop({ a, b, c }, { k, l }, start, end);
      expect(a).toEqual(wantA);
      expect(b).toEqual(before);
      expect(c).toEqual(wantC);
    }
  },
);

test.each([1, 5, 4096, 10_003])('squares of %i numbers are summed in float64', (length) => {
  const loop = compileLoop(['a'], ['k'], ({ a, k }) => ({ squares: a.mul(k) }));
  const a = numbers(length, 4);
  const want = a.reduce((sum, value) => sum + f(value * 3) ** 2, 0);
  const inArena = new Arena([length]).floats(length);
  inArena.set(a);
  for (const place of [a, inArena]) expect(loop({ a: place }, { k: 3 }) / want).toBeCloseTo(1, 12);
  // A square that float32 does not have.
  expect(loop({ a: Float32Array.of(1e-30) }, { k: 1 }) / f(1e-30) ** 2).toBe(1);
});

test('an arena gives zeros that do not overlap, and plain arrays when it is full', () => {
  const arena = new Arena([10, 20]);
  const [first, second, third] = [arena.floats(10), arena.floats(20), arena.floats(100_000)];
  expect(first.buffer).toBe(second.buffer);
  expect(third.buffer).not.toBe(first.buffer);
  second.fill(1);
  expect([...first]).toEqual(Array(10).fill(0));
  expect(third.every((value) => value === 0)).toBe(true);
});
