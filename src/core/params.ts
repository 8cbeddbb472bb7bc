/**
 * Parameters are plain data reached by path: a layer is a function of a scope and tensors, and running a model once lists
 * every parameter with its shape. The same code therefore initialises, loads, counts, freezes and trains.
 */
import type { DType } from './array.ts';
import { CheckpointError, ShapeError } from './errors.ts';
import { sameShape, showShape } from './size.ts';
import { Tensor } from './tensor.ts';

/** How a fresh parameter is drawn. */
export type Init =
  | { kind: 'zeros' }
  | { kind: 'ones' }
  | { kind: 'constant'; value: number }
  | { kind: 'normal'; std: number }
  | { kind: 'uniform'; bound: number };

export const init = {
  zeros: { kind: 'zeros' },
  ones: { kind: 'ones' },
  constant: (value: number): Init => ({ kind: 'constant', value }),
  normal: (std: number): Init => ({ kind: 'normal', std }),
  uniform: (bound: number): Init => ({ kind: 'uniform', bound }),
} as const;

export interface Parameter {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly init: Init;
  readonly tensor: Tensor;
}

/** Every parameter that a model has asked for so far, in the order of first use. */
export class ParameterList {
  readonly #parameters = new Map<string, Parameter>();

  /** The scope that a model starts from. */
  get root(): Params {
    return new Params(this, '');
  }

  get(path: string): Parameter | undefined {
    return this.#parameters.get(path);
  }

  [Symbol.iterator](): IterableIterator<Parameter> {
    return this.#parameters.values();
  }

  get size(): number {
    return this.#parameters.size;
  }

  /** Numbers in all parameters together. */
  get count(): number {
    return [...this].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  }

  shapes(): Map<string, readonly number[]> {
    return new Map([...this].map(({ path, shape }) => [path, shape]));
  }

  declare(path: string, shape: readonly number[], how: Init): Tensor {
    const known = this.#parameters.get(path);
    if (known) {
      if (!sameShape(known.shape, shape))
        throw new ShapeError(`${path} is used as ${showShape(known.shape)} and as ${showShape(shape)}`);
      return known.tensor;
    }
    if (!shape.every((s) => Number.isInteger(s) && s > 0))
      throw new CheckpointError(`${path} would have the shape ${showShape(shape)}; check the configuration`);
    const tensor = new Tensor({ dtype: 'float32', shape }, { kind: 'parameter', path });
    this.#parameters.set(path, { path, shape, dtype: 'float32', init: how, tensor });
    return tensor;
  }
}

/** A place in the parameter tree. */
export class Params {
  readonly #list: ParameterList;
  readonly path: string;

  constructor(list: ParameterList, path: string) {
    this.#list = list;
    this.path = path;
  }

  /** The scope of a part: `p.at('blocks', 3)`. */
  at(...names: (string | number)[]): Params {
    return new Params(this.#list, [this.path, ...names].filter((name) => name !== '').join('.'));
  }

  /** The parameter of this name here. Asking twice gives the same tensor, which is how weights are tied. */
  get(name: string, shape: readonly number[], how: Init = init.zeros): Tensor {
    return this.#list.declare(this.path ? `${this.path}.${name}` : name, shape, how);
  }
}
