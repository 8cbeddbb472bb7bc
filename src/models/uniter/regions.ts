/**
 * Regions of a picture as UNITER reads them: what a detector saw in each, and seven numbers that say where it is.
 * n regions, f numbers of a feature, c classes of the detector.
 */
import { float32, InputError, int64, type NDArray } from '../../core/index.ts';

export interface RegionSet {
  /** float32 [n, f], not normalised */
  features: NDArray;
  /** Left, top, right and bottom of each region in pixels, float32 [n, 4]. */
  boxes: NDArray;
  width: number;
  height: number;
  /** The detector's confidence in each region, float32 [n]; regions are in falling order of it. */
  confidence?: NDArray;
  /** The detector's probabilities, float32 [n, c]; class 0 is the background. */
  classes?: NDArray;
}

export const locationNumbers = 7;

/**
 * [x1, y1, x2, y2, w, h, w·h] as shares of the picture's sides, float32 [n, 7].
 *
 * What lies outside the picture is cut off. Throws InputError where nothing of a box is inside, or where it has no area:
 * such a region would stand for nothing that the detector could have seen.
 */
export function locationsOf({ boxes, width, height }: Pick<RegionSet, 'boxes' | 'width' | 'height'>): NDArray {
  const [count] = boxes.shape;
  const numbers = new Float32Array(count * locationNumbers);
  for (let i = 0; i < count; i++) {
    const corner = (at: number, side: number) => Math.min(side, Math.max(0, Number(boxes.data[i * 4 + at]))) / side;
    const [x1, y1, x2, y2] = [corner(0, width), corner(1, height), corner(2, width), corner(3, height)];
    const [w, h] = [x2 - x1, y2 - y1];
    // Written so that NaN is refused too.
    if (!(w > 0 && h > 0)) {
      const box = Array.from(boxes.data.slice(i * 4, i * 4 + 4), Number).join(', ');
      throw new InputError(
        `region ${i} [${box}] has no area inside its picture of ${width} × ${height}; give left, top, right, bottom in pixels`,
      );
    }
    numbers.set([x1, y1, x2, y2, w, h, w * h], i * locationNumbers);
  }
  return float32([count, locationNumbers], numbers);
}

export interface ChooseOptions {
  /** Regions above this confidence are kept… */
  above?: number;
  /** …but at least so many, as far as there are, */
  least?: number;
  /** and at most so many. */
  most?: number;
}

/** How many of a picture's regions are read, most confident first (the original's rule for its stored features). */
export function regionsToKeep(
  { confidence, features }: RegionSet,
  { above = 0.2, least = 10, most = 100 }: ChooseOptions = {},
): number {
  const [count] = features.shape;
  // In float32, or a stored 0.2 would be above 0.2.
  const limit = Math.fround(above);
  const sure = confidence ? Array.from(confidence.data, Number).filter((value) => value > limit).length : count;
  return Math.min(count, most, Math.max(least, sure));
}

/** The first `count` regions. */
export function firstRegions(set: RegionSet, count: number): RegionSet {
  const rows = (array: NDArray): NDArray => {
    const [n, ...rest] = array.shape;
    return { ...array, shape: [count, ...rest], data: array.data.slice(0, (array.data.length / n) * count) };
  };
  const { features, boxes, confidence, classes } = set;
  return {
    ...set,
    features: rows(features),
    boxes: rows(boxes),
    ...(confidence && { confidence: rows(confidence) }),
    ...(classes && { classes: rows(classes) }),
  };
}

export interface RegionBatch {
  /** float32 [b, n, f], n the most of any picture; padding is 0 */
  features: NDArray;
  /** float32 [b, n, 7] */
  locations: NDArray;
  /** int64 [b, n] */
  mask: NDArray;
}

/** Pictures with different numbers of regions side by side. Throws InputError for none, or for features of other widths. */
export function regionBatch(sets: readonly RegionSet[]): RegionBatch {
  const width = sets[0]?.features.shape[1] ?? 0;
  const most = Math.max(0, ...sets.map(({ features }) => features.shape[0]));
  const features = new Float32Array(sets.length * most * width);
  const locations = new Float32Array(sets.length * most * locationNumbers);
  const mask: number[] = [];
  for (const [i, set] of sets.entries()) {
    const [count, own] = set.features.shape;
    if (count === 0) throw new InputError(`picture ${i} has no regions; lower the detector's threshold`);
    if (own !== width)
      throw new InputError(`picture ${i} has features of ${own} numbers and the first has ${width}; use one detector`);
    features.set(set.features.data as Float32Array, i * most * width);
    locations.set(locationsOf(set).data as Float32Array, i * most * locationNumbers);
    for (let region = 0; region < most; region++) mask.push(Number(region < count));
  }
  return {
    features: float32([sets.length, most, width], features),
    locations: float32([sets.length, most, locationNumbers], locations),
    mask: int64([sets.length, most], mask),
  };
}
