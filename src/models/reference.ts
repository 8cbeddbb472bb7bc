/**
 * How a family shows itself as the classes that others publish: the same inputs, the same outputs, the same names.
 *
 * Goldens are recorded from those classes, so a family's `reference.ts` is what `sightread verify` and the tests run.
 */

import type { NameRules } from '../checkpoint/index.ts';
import type { NDArray, Params, Tensor, WeightSource } from '../core/index.ts';
import type { GoldenGeneration } from './golden.ts';

export interface ReferenceClass {
  /** Traces the class: every input by its published name → every output by its published name. */
  trace(
    p: Params,
    config: unknown,
    inputs: Record<string, Tensor>,
    options: Record<string, unknown>,
  ): Record<string, Tensor>;
  /** Published names of our parameters. */
  names(config: unknown): NameRules;
  /** Runs the class's `generate`; absent for classes that have none. */
  generate?(
    config: unknown,
    weights: ReadonlyMap<string, WeightSource>,
    request: GoldenGeneration,
    inputs: Record<string, NDArray>,
  ): Promise<{ tokens: number[][]; scores?: number[] }>;
}
