/**
 * How a family shows itself as the classes that others publish: the same inputs, the same outputs, the same names.
 *
 * Goldens are recorded from those classes, so a family's `reference.ts` is what `sightread verify` and the tests run.
 */
import type { NameRules } from '../checkpoint/index.ts';
import type { NDArray, Params, Tensor } from '../core/index.ts';
import type { Generated, GenerateOptions } from '../generate/index.ts';
import type { WeightMap } from './running.ts';

/** Tensors by their published names. */
export type Named<T> = Record<string, T>;

export interface GenerationRequest {
  options: GenerateOptions;
  /** Forward inputs that `generate` was given too, such as pixel_values. */
  inputs: Named<NDArray>;
  /** Absent: generation starts from the model's own start token. */
  prompt?: { ids: number[][]; mask?: number[][] };
}

export interface ReferenceClass {
  /** What the host computes before the graph runs, such as which patches are kept; returns the feeds of the graph. */
  prepare?(feeds: Named<NDArray>, config: unknown, options: Record<string, unknown>): Named<NDArray>;
  /** Traces the class: inputs → outputs. `options` are the forward arguments that are not tensors. */
  trace(p: Params, config: unknown, inputs: Named<Tensor>, options: Record<string, unknown>): Named<Tensor>;
  /** Published names of our parameters. */
  names(config: unknown): NameRules;
  /** Runs the class's `generate`; absent for classes that have none. */
  generate?(config: unknown, weights: WeightMap, request: GenerationRequest): Promise<Generated>;
}
