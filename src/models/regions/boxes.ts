/**
 * Boxes as flat numbers, four a box: left, top, right, bottom in pixels. n boxes, k classes.
 *
 * Detectors differ in whether a box from 3 to 5 is two pixels wide or three. The first detectors counted pixels (the
 * second reading, `inclusive`); later ones measure.
 */
export type Boxes = Float32Array;

export interface Convention {
  /** Count pixels: a side is right − left + 1. */
  inclusive?: boolean;
}

export const boxAt = (boxes: Boxes, i: number): [number, number, number, number] => [
  boxes[4 * i],
  boxes[4 * i + 1],
  boxes[4 * i + 2],
  boxes[4 * i + 3],
];

export function areaOf([x1, y1, x2, y2]: readonly number[], { inclusive = false }: Convention = {}): number {
  const extra = Number(inclusive);
  return (x2 - x1 + extra) * (y2 - y1 + extra);
}

/** The part that two boxes share, over what they cover together: 0 to 1. */
export function overlap(a: readonly number[], b: readonly number[], convention: Convention = {}): number {
  const extra = Number(convention.inclusive ?? false);
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]) + extra;
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]) + extra;
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (areaOf(a, convention) + areaOf(b, convention) - shared);
}

/** Cut to x in [0, right] and y in [0, bottom]. */
export function clip(boxes: Boxes, right: number, bottom: number): Boxes {
  return boxes.map((value, i) => Math.min(Math.max(value, 0), i % 2 ? bottom : right));
}

/** Which boxes have both sides above a length. */
export function longerThan(boxes: Boxes, length: number): boolean[] {
  return Array.from({ length: boxes.length / 4 }, (_, i) => {
    const [x1, y1, x2, y2] = boxAt(boxes, i);
    return x2 - x1 > length && y2 - y1 > length;
  });
}

/** Stretched horizontally and vertically. */
export const scaled = (boxes: Boxes, x: number, y = x): Boxes => boxes.map((value, i) => value * (i % 2 ? y : x));

/** The boxes of these numbers, in this order. */
export function pick(boxes: Boxes, rows: readonly number[]): Boxes {
  const chosen = new Float32Array(rows.length * 4);
  for (const [i, row] of rows.entries()) chosen.set(boxes.subarray(4 * row, 4 * row + 4), 4 * i);
  return chosen;
}

export interface Regression extends Convention {
  /** What dx, dy, dw and dh are divided by. */
  weights?: readonly number[];
  /** dw and dh are cut to at most this, or a wild guess would overflow. */
  largest?: number;
}

/**
 * Moves boxes by regressed deltas (arXiv 1311.2524, appendix C): dx and dy shift the centre by shares of the sides, dw and
 * dh are logarithms of how the sides grow.
 * @param boxes [n, 4]
 * @param deltas [n, k · 4]; every box is moved k times
 * @returns [n · k, 4]
 */
export function moved(
  boxes: Boxes,
  deltas: Float32Array,
  { weights = [1, 1, 1, 1], largest = Number.POSITIVE_INFINITY, inclusive = false }: Regression = {},
): Boxes {
  const extra = Number(inclusive);
  const each = deltas.length / boxes.length;
  const result = new Float32Array(deltas.length);
  for (let i = 0; i < boxes.length / 4; i++) {
    const [x1, y1, x2, y2] = boxAt(boxes, i);
    const [width, height] = [x2 - x1 + extra, y2 - y1 + extra];
    for (let at = i * each * 4; at < (i + 1) * each * 4; at += 4) {
      const [dx, dy, dw, dh] = weights.map((weight, axis) => deltas[at + axis] / weight);
      const [cx, cy] = [x1 + 0.5 * width + dx * width, y1 + 0.5 * height + dy * height];
      const [w, h] = [Math.exp(Math.min(dw, largest)) * width, Math.exp(Math.min(dh, largest)) * height];
      result.set([cx - 0.5 * w, cy - 0.5 * h, cx + 0.5 * w, cy + 0.5 * h], at);
    }
  }
  return result;
}

/** The deltas that move boxes [n, 4] onto targets [n, 4]. */
export function deltasOf(boxes: Boxes, targets: Boxes, weights: readonly number[] = [1, 1, 1, 1]): Float32Array {
  const result = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length / 4; i++) {
    const [from, to] = [boxAt(boxes, i), boxAt(targets, i)];
    const side = (box: readonly number[], axis: number) => box[axis + 2] - box[axis];
    const centre = (box: readonly number[], axis: number) => box[axis] + 0.5 * side(box, axis);
    for (const axis of [0, 1]) {
      result[4 * i + axis] = (weights[axis] * (centre(to, axis) - centre(from, axis))) / side(from, axis);
      result[4 * i + axis + 2] = weights[axis + 2] * Math.log(side(to, axis) / side(from, axis));
    }
  }
  return result;
}
