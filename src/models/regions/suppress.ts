/**
 * Non-maximum suppression: of boxes that show the same thing, the surest is kept. It runs on the host, where the number
 * of results need not be known before.
 */
import { type Boxes, boxAt, type Convention, overlap } from './boxes.ts';

/** Row numbers by falling score; equal scores keep their order. */
export const byScore = (scores: ArrayLike<number>): number[] =>
  Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);

/**
 * Rows that are kept, by falling score: a box goes when it overlaps a kept one by more than `threshold`.
 * @param most stop when so many are kept
 */
export function suppress(
  boxes: Boxes,
  scores: ArrayLike<number>,
  threshold: number,
  { most = Number.POSITIVE_INFINITY, ...convention }: Convention & { most?: number } = {},
): number[] {
  const kept: number[] = [];
  const keptBoxes: number[][] = [];
  for (const row of byScore(scores)) {
    if (kept.length >= most) break;
    const box = boxAt(boxes, row);
    if (keptBoxes.some((other) => overlap(box, other, convention) > threshold)) continue;
    kept.push(row);
    keptBoxes.push(box);
  }
  return kept;
}

/** Suppression of the same boxes by many scores, one after another: who overlaps whom is found once. */
export function suppressor(
  boxes: Boxes,
  threshold: number,
  convention: Convention = {},
): (scores: ArrayLike<number>) => number[] {
  const all = Array.from({ length: boxes.length / 4 }, (_, i) => boxAt(boxes, i));
  const rivals = all.map((box) => all.flatMap((other, i) => (overlap(box, other, convention) > threshold ? [i] : [])));
  const gone = new Uint8Array(all.length);
  return (scores) => {
    gone.fill(0);
    return byScore(scores).filter((row) => {
      if (gone[row]) return false;
      for (const rival of rivals[row]) gone[rival] = 1;
      return true;
    });
  };
}

/** The same among boxes of one class; all that are kept, by falling score. */
export function suppressPerClass(
  boxes: Boxes,
  scores: ArrayLike<number>,
  classes: ArrayLike<number | bigint>,
  threshold: number,
): number[] {
  const rowsOf = new Map<number, number[]>();
  for (const [row, group] of Array.from(classes, Number).entries())
    rowsOf.set(group, [...(rowsOf.get(group) ?? []), row]);
  const kept = [...rowsOf.values()].flatMap((rows) => {
    const some = Float32Array.from(rows.flatMap((row) => boxAt(boxes, row)));
    const survivors = suppress(
      some,
      rows.map((row) => scores[row]),
      threshold,
    );
    return survivors.map((i) => rows[i]);
  });
  return kept.sort((a, b) => scores[b] - scores[a] || a - b);
}
