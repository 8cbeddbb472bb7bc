/** Loops over flat arrays: the norm, sums and averages that a train step needs beside its graph. */
import { compileLoop } from './loop.ts';

/** The Euclidean norm. Four sums side by side keep the processor's adders busy. */
export function norm(values: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = values.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    a += values[i] * values[i];
    b += values[i + 1] * values[i + 1];
    c += values[i + 2] * values[i + 2];
    d += values[i + 3] * values[i + 3];
  }
  for (let i = whole; i < values.length; i++) a += values[i] * values[i];
  return Math.sqrt(a + b + c + d);
}

const addLoop = compileLoop(['sum', 'part'], [], ({ sum, part }) => ({ sum: sum.add(part) }));

/** sum ← sum + part */
export const addInto = (sum: Float32Array, part: Float32Array): void => addLoop({ sum, part }, {});

const averageLoop = compileLoop(['average', 'values'], ['share'], ({ average, values, share }) => ({
  average: average.add(values.sub(average).mul(share)),
}));

/** Moves an exponential average towards the first of `values`: average ← decay · average + (1 − decay) · value. */
export const averageInto = (average: Float32Array, values: Float32Array, decay: number): void =>
  averageLoop({ average, values }, { share: 1 - decay });
