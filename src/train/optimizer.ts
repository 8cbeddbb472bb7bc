/** AdamW with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101), in place over the flat arrays of a store. */
import type { Parameter } from '../core/index.ts';
import { compileLoop, type Lane } from './loop.ts';
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

const adamW = compileLoop(
  ['values', 'gradients', 'first', 'second'],
  ['scale', 'beta1', 'rest1', 'beta2', 'rest2', 'keep', 'size', 'epsilon', 'tiny'],
  (x) => {
    // Moments of parameters without gradients would shrink to subnormal numbers, with which processors are a hundred
    // times slower. This stops them near 1e-32, and changes no number above 1e-18.
    const settle = (moment: Lane) => moment.add(x.tiny).sub(x.tiny);
    const gradient = x.gradients.mul(x.scale);
    const first = settle(x.first.mul(x.beta1).add(gradient.mul(x.rest1)));
    const second = settle(x.second.mul(x.beta2).add(gradient.mul(gradient).mul(x.rest2)));
    const change = first.mul(x.size).div(second.sqrt().add(x.epsilon));
    return { first, second, values: x.values.mul(x.keep).sub(change) };
  },
);

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
    this.first = store.arena.floats(store.trainableLength);
    this.second = store.arena.floats(store.trainableLength);
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
    const { first, second } = this;
    for (const stretch of this.#stretches) {
      const own = rate * stretch.rate;
      const factors = {
        scale,
        beta1,
        rest1: 1 - beta1,
        beta2,
        rest2: 1 - beta2,
        keep: 1 - own * stretch.decay,
        // rate · (m / c1) / (√v / c2 + ε) with the corrections moved out of the loop.
        size: (own * correction2) / correction1,
        epsilon: epsilon * correction2,
        tiny: 1e-25,
      };
      adamW({ values: this.#values, gradients, first, second }, factors, stretch.start, stretch.end);
    }
  }
}

/** One stretch for each run of neighbours that are treated alike; gaps between views are zero and stay so. */
function stretchesOf({ trainable }: ParameterStore, decay: number, rules: readonly Rule[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { parameter, start, end } of trainable) {
    const rule = rules.find(({ match }) => parameter.path.search(match) >= 0);
    const own = { rate: rule?.rate ?? 1, decay: rule?.decay ?? (decays(parameter) ? decay : 0) };
    const last = stretches.at(-1);
    if (last && last.rate === own.rate && last.decay === own.decay) last.end = end;
    else stretches.push({ start, end, ...own });
  }
  return stretches;
}
