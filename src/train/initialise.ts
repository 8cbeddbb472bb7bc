/** Fresh parameters and random keys, from counter-based numbers: what is drawn depends on the seed and the name alone. */
import { type Parameter, saltOf, uniformNumber } from '../core/index.ts';

/** Fills `out` by the parameter's own rule. Element i depends on (seed, path, i) and on nothing drawn before. */
export function draw({ path, init }: Parameter, seed: number, out: Float32Array): void {
  const salt = saltOf(path);
  switch (init.kind) {
    case 'zeros':
      out.fill(0);
      return;
    case 'ones':
      out.fill(1);
      return;
    case 'constant':
      out.fill(init.value);
      return;
    case 'uniform':
      for (let i = 0; i < out.length; i++) out[i] = (2 * uniformNumber(seed, salt, i) - 1) * init.bound;
      return;
    case 'normal':
      for (let i = 0; i < out.length; i++) out[i] = init.std * normalNumber(seed, salt, i);
  }
}

/** A standard normal number, by Box and Muller from two uniform ones; 1 − u is never 0. */
function normalNumber(seed: number, salt: number, index: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformNumber(seed, salt, 2 * index)));
  return radius * Math.cos(2 * Math.PI * uniformNumber(seed, salt, 2 * index + 1));
}

const keySalt = saltOf('train/key');

/** The 31-bit random key of batch `index`: no state to save, so that a resumed run draws what the first one would. */
export function batchKey(seed: number, index: number): number {
  const high = Math.floor(uniformNumber(seed, keySalt, 2 * index) * 2 ** 16);
  const low = Math.floor(uniformNumber(seed, keySalt, 2 * index + 1) * 2 ** 15);
  return high * 2 ** 15 + low;
}
