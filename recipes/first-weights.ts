/** First weights of models that are far narrower than the published ones. */
import type { TrainStep } from '../src/train/index.ts';

/**
 * Draws the first weights. The published models' deviation of 0.02 suits a width of 768; here matrices keep the size of
 * their inputs (1 / √fan-in), and the positions of patches are made as loud as the patches that they are added to.
 *
 * @param tables parameters that keep the deviation of 0.02
 */
export function drawWeights(
  { store }: Pick<TrainStep, 'store'>,
  seed: number,
  { tables = /words|positions/ } = {},
): void {
  store.initialise(seed);
  for (const [path, { shape, data }] of store.views()) {
    const values = data as Float32Array;
    const fanIn = values.length / shape[0];
    const isMatrix = path.endsWith('weight') && shape.length >= 2 && !tables.test(path);
    const factor = /^(vision\.)?positions\.weight$/.test(path) ? 15 : isMatrix ? 1 / (0.02 * Math.sqrt(fanIn)) : 1;
    for (let i = 0; i < values.length; i++) values[i] *= factor;
  }
}
