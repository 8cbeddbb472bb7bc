/**
 * Texts and regions of different lengths without gaps between them: each example's words, then its regions, then padding.
 * A batch of long texts with few regions and short texts with many is then no longer than its longest example.
 * b examples, t text tokens, n regions, m = the most that any example has of both.
 */
import { int64, type NDArray } from '../../core/index.ts';

export interface Packing {
  /** int64 [b, m]: rows of (text, regions); what follows an example's end is arbitrary */
  order: NDArray;
  /** int64 [b, m]: 1 where a row is the example's */
  mask: NDArray;
  /** int64 [b, t + n]: where each word and region went; padding is at 0 */
  places: NDArray;
}

/** textMask int64 [b, t], regionMask int64 [b, n], both padded on the right. */
export function pack(textMask: NDArray, regionMask: NDArray): Packing {
  const [examples, t] = textMask.shape;
  const n = regionMask.shape[1];
  const sums = ({ data, shape: [, width] }: NDArray) =>
    Array.from({ length: examples }, (_, i) =>
      Array.from(data.slice(i * width, (i + 1) * width), Number).reduce((a, b) => a + b, 0),
    );
  const [words, regions] = [sums(textMask), sums(regionMask)];
  const m = Math.max(...words.map((count, i) => count + regions[i]));
  const order: number[] = [];
  const mask: number[] = [];
  const places: number[] = [];
  for (let i = 0; i < examples; i++) {
    const [text, seen] = [words[i], regions[i]];
    for (let row = 0; row < m; row++) {
      order.push(row >= text && row < text + seen ? t + row - text : row);
      mask.push(Number(row < text + seen));
    }
    for (let word = 0; word < t; word++) places.push(word < text ? word : 0);
    for (let region = 0; region < n; region++) places.push(region < seen ? text + region : 0);
  }
  return {
    order: int64([examples, m], order),
    mask: int64([examples, m], mask),
    places: int64([examples, t + n], places),
  };
}
