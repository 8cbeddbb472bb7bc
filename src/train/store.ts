/**
 * Where the numbers of a model live while it is trained: every parameter is a view of one flat array, so that clipping,
 * the optimiser, averaging and checkpoints are loops over one array, and so that graphs read weights and write gradients
 * in place.
 */

import type { Parameter } from '../core/index.ts';
import { float32, type NDArray, type ParameterList, ShapeError, sizeOf, toFloat32 } from '../core/index.ts';
import { draw } from './initialise.ts';
import { Arena } from './loop.ts';

/** Views start on cache lines (16 floats); the gaps stay zero in every buffer, so that loops may run over them. */
const alignment = 16;

/** A parameter and its place in the flat arrays. */
export interface Slot {
  readonly parameter: Parameter;
  readonly start: number;
  readonly end: number;
}

export class ParameterStore {
  /** Trainable parameters first, then frozen ones; each in the order in which the model asked for them. */
  readonly slots: readonly Slot[];
  readonly trainable: readonly Slot[];
  readonly values: Float32Array;
  /** Where arrays that the optimiser's loops run over are made. */
  readonly arena: Arena;
  /** How much of `values` the trainable parameters fill: the length of gradients and optimiser state. */
  readonly trainableLength: number;

  constructor(parameters: ParameterList, trainable: (path: string) => boolean = () => true) {
    const all = [...parameters];
    const learns = all.filter(({ path }) => trainable(path));
    let length = 0;
    const place = (parameter: Parameter): Slot => {
      const start = length;
      const end = start + sizeOf(parameter.shape);
      length = Math.ceil(end / alignment) * alignment;
      return { parameter, start, end };
    };
    this.trainable = learns.map(place);
    this.trainableLength = length;
    this.slots = [...this.trainable, ...all.filter(({ path }) => !trainable(path)).map(place)];
    // Beside the values: gradients, two moments, an average.
    this.arena = new Arena([length, ...Array<number>(4).fill(this.trainableLength)]);
    this.values = this.arena.floats(length);
  }

  /** Draws every parameter by its own rule from numbers that `seed` and its path name. */
  initialise(seed: number): void {
    for (const { parameter, start, end } of this.slots) draw(parameter, seed, this.values.subarray(start, end));
  }

  /** Copies arrays in by path. Returns the paths that got no array; unknown paths and wrong shapes are errors. */
  load(arrays: ReadonlyMap<string, NDArray>): string[] {
    const left = new Set(arrays.keys());
    const missing: string[] = [];
    for (const { parameter, start } of this.slots) {
      const array = arrays.get(parameter.path);
      left.delete(parameter.path);
      if (!array) {
        missing.push(parameter.path);
        continue;
      }
      if (`${array.shape}` !== `${parameter.shape}`)
        throw new ShapeError(`${parameter.path}: the array is [${array.shape}], the model wants [${parameter.shape}]`);
      this.values.set(toFloat32(array), start);
    }
    if (left.size) throw new ShapeError(`no parameter of this model is called ${[...left].join(', ')}`);
    return missing;
  }

  /**
   * Views by path into `values`, or into another array laid out like it. An array that holds trainable parameters only
   * (averages, gradients) is completed with the frozen ones of `values` when `complete` is set.
   */
  views(from: Float32Array = this.values, { complete = false } = {}): Map<string, NDArray> {
    const views = new Map<string, NDArray>();
    for (const { parameter, start, end } of this.slots) {
      const source = end <= from.length ? from : complete ? this.values : undefined;
      if (source) views.set(parameter.path, float32(parameter.shape, source.subarray(start, end)));
    }
    return views;
  }
}

/** Fresh values for every parameter: the same seed gives the same numbers on every platform. */
export function initialise(parameters: ParameterList, seed: number): Map<string, NDArray> {
  return new Map(
    [...parameters].map((parameter) => {
      const values = new Float32Array(sizeOf(parameter.shape));
      draw(parameter, seed, values);
      return [parameter.path, float32(parameter.shape, values)];
    }),
  );
}
