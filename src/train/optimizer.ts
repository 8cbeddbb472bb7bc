/**
 * AdamW with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101), in place over the flat arrays of a store.
 *
 * A plain fused loop: each element is read and written once. As an ONNX graph of element-wise operators the same update
 * of 5 M parameters took 36 to 56 ms on two cores, in one piece or in cache-sized chunks; this loop takes 24 ms on one.
 */
import type { Parameter } from '../core/index.ts';
import type { ParameterStore } from './store.ts';

export interface AdamWOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  /** Weight decay a step and unit of rate, for parameters that `rules` do not treat otherwise. */
  decay?: number;
  /** The first rule whose pattern matches a path wins. */
  rules?: readonly Rule[];
}

/** How parameters of some paths differ: a factor on the rate, and a weight decay of their own. */
export interface Rule {
  match: RegExp;
  rate?: number;
  decay?: number;
}

/** A stretch of the flat arrays with one treatment. */
interface Stretch {
  start: number;
  end: number;
  rate: number;
  decay: number;
}

/** Biases, norm scales and position tables are not pulled to zero. */
const decays = ({ path, shape }: Parameter) => shape.length >= 2 && !/position/i.test(path);

export class AdamW {
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly #stretches: readonly Stretch[];
  readonly #options: Required<Pick<AdamWOptions, 'beta1' | 'beta2' | 'epsilon'>>;
  readonly #values: Float32Array;

  constructor(store: ParameterStore, options: AdamWOptions = {}) {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0.01, rules = [] } = options;
    this.#options = { beta1, beta2, epsilon };
    this.#values = store.values;
    this.first = new Float32Array(store.trainableLength);
    this.second = new Float32Array(store.trainableLength);
    this.#stretches = stretchesOf(store, decay, rules);
  }

  /**
   * One update from gradients times `scale` (clipping and averaging). `count` is the number of this update from 1, which
   * the bias correction needs.
   */
  update(gradients: Float32Array, { rate, count, scale = 1 }: { rate: number; count: number; scale?: number }): void {
    const { beta1, beta2, epsilon } = this.#options;
    const correction1 = 1 - beta1 ** count;
    const correction2 = Math.sqrt(1 - beta2 ** count);
    for (const stretch of this.#stretches) {
      const own = rate * stretch.rate;
      adamW(this.#values, gradients, this.first, this.second, stretch, {
        beta1,
        beta2,
        keep: 1 - own * stretch.decay,
        // rate · (m / c1) / (√v / c2 + ε) with the corrections moved out of the loop.
        size: (own * correction2) / correction1,
        epsilon: epsilon * correction2,
        scale,
      });
    }
  }
}

interface Coefficients {
  beta1: number;
  beta2: number;
  keep: number;
  size: number;
  epsilon: number;
  scale: number;
}

function adamW(
  values: Float32Array,
  gradients: Float32Array,
  first: Float32Array,
  second: Float32Array,
  { start, end }: Stretch,
  { beta1, beta2, keep, size, epsilon, scale }: Coefficients,
): void {
  for (let i = start; i < end; i++) {
    const g = gradients[i] * scale;
    const m = beta1 * first[i] + (1 - beta1) * g;
    const v = beta2 * second[i] + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    values[i] = values[i] * keep - (size * m) / (Math.sqrt(v) + epsilon);
  }
}

/** One stretch for each run of neighbours that are treated alike; gaps between views are zero and stay so. */
function stretchesOf({ trainable }: ParameterStore, decay: number, rules: readonly Rule[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { parameter, start, end } of trainable) {
    const rule = rules.find(({ match }) => match.test(parameter.path));
    const own = { rate: rule?.rate ?? 1, decay: rule?.decay ?? (decays(parameter) ? decay : 0) };
    const last = stretches.at(-1);
    if (last && last.rate === own.rate && last.decay === own.decay) last.end = end;
    else stretches.push({ start, end, ...own });
  }
  return stretches;
}
