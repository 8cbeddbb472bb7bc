/** Loops over flat arrays: the norm and the averages that a train step needs beside its graph. */
import { compileLoop } from './loop.ts';

const squaresLoop = compileLoop(['values'], [], ({ values }) => ({ squares: values }));

/** The Euclidean norm, summed in float64. */
export const norm = (values: Float32Array): number => Math.sqrt(squaresLoop({ values }, {}));

const averageLoop = compileLoop(['average', 'values'], ['share'], ({ average, values, share }) => ({
  average: average.add(values.sub(average).mul(share)),
}));

/** Moves an exponential average towards the first of `values`: average ← decay · average + (1 − decay) · value. */
export function averageInto(average: Float32Array, values: Float32Array, decay: number): void {
  averageLoop({ average, values }, { share: 1 - decay });
}
