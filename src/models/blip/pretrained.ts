/** From a pre-trained model, whose stacks share most of their numbers, to models of one task. */
import type { NDArray, ParameterList } from '../../core/index.ts';

/**
 * Starting numbers for `wanted`: its own, else the shared ones under the encoder's name, and for two pictures the same
 * attention twice (the original's loading). What the pre-trained model has nothing for, such as a classifier, or has in
 * another shape, is left out and starts fresh.
 */
export function fromPretrained(weights: ReadonlyMap<string, NDArray>, wanted: ParameterList): Map<string, NDArray> {
  const found = new Map<string, NDArray>();
  for (const { path, shape } of wanted) {
    const shared = path.replace(/^decoder\./, 'encoder.');
    const single = shared.replace(/\.cross\.[01]\./, '.cross.');
    const value = [path, shared, single].map((name) => weights.get(name)).find(Boolean);
    if (value && `${value.shape}` === `${shape}`) found.set(path, value);
  }
  return found;
}
