/** The last step of every detector: sure regions first, nothing without area, and an error where nothing is left. */
import { InputError, type NDArray } from '../../core/index.ts';
import { boxAt, clip, longerThan } from './boxes.ts';
import type { DetectOptions, FoundRegions } from './detector.ts';
import { byScore } from './suppress.ts';

/**
 * Cuts boxes to the picture, drops what has no area in it, and puts the surest first.
 * @throws InputError where nothing is left
 */
export function finished(found: FoundRegions, { threshold = 0.2 }: Pick<DetectOptions, 'threshold'>): FoundRegions {
  const { width, height, confidence } = found;
  const boxes = clip(found.boxes.data as Float32Array, width, height);
  const whole = longerThan(boxes, 0);
  // Numbers that are none are refused here, whatever made them.
  const rows = byScore(confidence.data as Float32Array).filter(
    (row) => whole[row] && boxAt(boxes, row).every(Number.isFinite) && Number.isFinite(confidence.data[row] as number),
  );
  if (rows.length === 0)
    throw new InputError(
      `no region of this picture is as sure as ${threshold}; lower the threshold, or ask for at least 1`,
    );
  const pickRows = (array: NDArray): NDArray => {
    const each = array.data.length / array.shape[0];
    const data = new Float32Array(rows.length * each);
    for (const [i, row] of rows.entries())
      data.set((array.data as Float32Array).subarray(row * each, (row + 1) * each), i * each);
    return { ...array, shape: [rows.length, ...array.shape.slice(1)], data };
  };
  const { features, classes, attributes } = found;
  return {
    ...found,
    features: pickRows(features),
    boxes: pickRows({ ...found.boxes, data: boxes }),
    confidence: pickRows(confidence),
    labels: rows.map((row) => found.labels[row]),
    ...(classes && { classes: pickRows(classes) }),
    ...(attributes && { attributes: rows.map((row) => attributes[row]) }),
  };
}
