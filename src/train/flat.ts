/** Loops over flat arrays: the norm, sums and averages that a train step needs beside its graph. */

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

export function addInto(sum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += part[i];
}

/** Moves an exponential average towards `values`: average ← decay · average + (1 − decay) · value. */
export function averageInto(average: Float32Array, values: Float32Array, decay: number): void {
  const share = 1 - decay;
  for (let i = 0; i < average.length; i++) average[i] += share * (values[i] - average[i]);
}
