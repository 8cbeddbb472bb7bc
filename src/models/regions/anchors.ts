/** Anchors: the boxes that a region proposal network starts from, a few shapes at every position of its map. */
import type { Boxes } from './boxes.ts';

/** Shapes around 0: sizes outer, ratios (height over width) inner; not rounded. */
export const anchorShapes = (sizes: readonly number[], ratios: readonly number[]): Boxes =>
  Float32Array.from(
    sizes.flatMap((size) =>
      ratios.flatMap((ratio) => {
        const width = Math.sqrt(size ** 2 / ratio);
        const height = ratio * width;
        return [-width / 2, -height / 2, width / 2, height / 2];
      }),
    ),
  );

/** NumPy's rounding: halves go to the even neighbour. */
const round = (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/** Shapes of the first Faster R-CNN: ratios outer, scales of one cell inner; whole pixels, both ends counted. */
export function caffeAnchorShapes(scales: readonly number[], ratios: readonly number[], cell = 16): Boxes {
  const centre = (cell - 1) / 2;
  return Float32Array.from(
    ratios.flatMap((ratio) => {
      const width = round(Math.sqrt(cell ** 2 / ratio));
      const height = round(width * ratio);
      return scales.flatMap((scale) => {
        const [x, y] = [(width * scale - 1) / 2, (height * scale - 1) / 2];
        return [centre - x, centre - y, centre + x, centre + y];
      });
    }),
  );
}

export interface AnchorGrid {
  rows: number;
  columns: number;
  /** Pixels between positions. */
  stride: number;
  /** Where the first position is, in strides. */
  offset?: number;
}

/** The shapes at every position: rows outer, then columns, then shapes. */
export function anchorsOn({ rows, columns, stride, offset = 0 }: AnchorGrid, shapes: Boxes): Boxes {
  const anchors = new Float32Array(rows * columns * shapes.length);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let i = 0; i < shapes.length; i++, at++)
        anchors[at] = shapes[i] + ((i % 2 ? row : column) + offset) * stride;
  return anchors;
}

/** Channels [a · each, rows, columns] of shape a as rows of `each` numbers, in the order of `anchorsOn`. */
export function inAnchorOrder(map: Float32Array, shapes: number, each: number): Float32Array {
  const positions = map.length / (shapes * each);
  const ordered = new Float32Array(map.length);
  for (let position = 0, at = 0; position < positions; position++)
    for (let channel = 0; channel < shapes * each; channel++, at++) ordered[at] = map[channel * positions + position];
  return ordered;
}
