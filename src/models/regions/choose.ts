/** Which proposals become regions. n proposals, k classes without the background. */
import { type Boxes, boxAt, clip, moved, pick } from './boxes.ts';
import { largestGrowth } from './proposals.ts';
import { byScore, suppress, suppressor, suppressPerClass } from './suppress.ts';

/** Rows of numbers. */
export interface Table {
  data: Float32Array;
  width: number;
}

/** Softmax of each row. */
export function probabilities({ data, width }: Table): Table {
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += width) {
    const row = data.subarray(start, start + width);
    const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = Array.from(row, (value) => Math.exp(value - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    result.set(
      powers.map((power) => power / sum),
      start,
    );
  }
  return { data: result, width };
}

export interface Choice {
  /** Numbers of proposals, surest first unless `inOrder` says otherwise. */
  rows: number[];
  /** Confidence in each chosen row. */
  scores: Float32Array;
}

export interface ChooseOptions {
  /** Regions as sure as this are kept, */
  threshold: number;
  /** but at least so many, as far as there are, */
  min: number;
  /** and at most so many. */
  max: number;
}

/**
 * How regions were chosen for UNITER (bottom-up attention, `generate_npz.py`): within every class the proposals suppress each
 * other, and a proposal is as sure as the surest class that it survives in. Where the number of sure ones lies between
 * `min` and `max`, the original keeps the order of proposals; otherwise the surest come first.
 * @param probabilities [n, k] without the background
 */
export function chooseBySurvival(
  boxes: Boxes,
  { data, width }: Table,
  { threshold, min, max }: ChooseOptions,
  { overlap = 0.3, inclusive = true }: { overlap?: number; inclusive?: boolean } = {},
): Choice & { confidence: Float32Array } {
  const count = boxes.length / 4;
  const confidence = new Float32Array(count);
  const column = new Float32Array(count);
  const survivors = suppressor(boxes, overlap, { inclusive });
  for (let k = 0; k < width; k++) {
    for (let i = 0; i < count; i++) column[i] = data[i * width + k];
    for (const row of survivors(column)) confidence[row] = Math.max(confidence[row], column[row]);
  }
  const limit = Math.fround(threshold);
  let rows = Array.from(confidence, (_, i) => i).filter((row) => confidence[row] >= limit);
  if (rows.length < min || rows.length > max)
    rows = byScore(confidence).slice(0, Math.min(rows.length < min ? min : max, count));
  return { rows, scores: Float32Array.from(rows, (row) => confidence[row]), confidence };
}

export interface Moved {
  /** [n · k, 4]: each proposal moved for each class, cut to the picture. */
  boxes: Boxes;
  /** Classes without the background. */
  classes: number;
}

/** Proposals [n, 4] moved by the deltas [n, k · 4] of every class, cut to a picture of this size. */
export function movedForClasses(
  proposals: Boxes,
  deltas: Table,
  weights: readonly number[],
  width: number,
  height: number,
): Moved {
  const boxes = clip(moved(proposals, deltas.data, { weights, largest: largestGrowth }), width, height);
  return { boxes, classes: deltas.width / 4 };
}

export interface BestClasses extends Choice {
  /** Class of each chosen row. */
  classes: number[];
  /** Moved box of each chosen row. */
  boxes: Boxes;
}

/**
 * How the Hugging Face port chooses: every proposal stands for its surest class, classes suppress each other, and the
 * first of the overlaps that leaves `min` is taken; where none does, the last.
 * @param probabilities [n, k + 1], background last
 */
export function chooseByBestClass(
  { boxes, classes }: Moved,
  { data, width }: Table,
  overlaps: readonly number[],
  { min, max }: Pick<ChooseOptions, 'min' | 'max'>,
): BestClasses {
  const count = data.length / width;
  const best = Array.from({ length: count }, (_, i) => {
    const row = data.subarray(i * width, i * width + classes);
    return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
  });
  const scores = Float32Array.from(best, (k, i) => data[i * width + k]);
  const own = pick(
    boxes,
    best.map((k, i) => i * classes + k),
  );
  let rows: number[] = [];
  for (const overlap of overlaps) {
    rows = suppress(own, scores, overlap, { most: max });
    if (rows.length >= min) break;
  }
  return {
    rows,
    scores: Float32Array.from(rows, (row) => scores[row]),
    classes: rows.map((row) => best[row]),
    boxes: pick(own, rows),
  };
}

/**
 * Fast R-CNN's own rule: every class of every proposal that is surer than `threshold` takes part, classes apart from each
 * other, and the surest `most` are kept.
 * @param probabilities [n, k + 1], background last
 */
export function chooseDetections(
  { boxes, classes }: Moved,
  { data, width }: Table,
  { threshold, overlap, most }: { threshold: number; overlap: number; most: number },
): BestClasses {
  const limit = Math.fround(threshold);
  const found: { row: number; k: number; score: number }[] = [];
  for (let row = 0; row < data.length / width; row++)
    for (let k = 0; k < classes; k++) {
      const score = data[row * width + k];
      if (score > limit) found.push({ row, k, score });
    }
  const own = Float32Array.from(found.flatMap(({ row, k }) => boxAt(boxes, row * classes + k)));
  const scores = found.map(({ score }) => score);
  const kept = suppressPerClass(
    own,
    scores,
    found.map(({ k }) => k),
    overlap,
  ).slice(0, most);
  return {
    rows: kept.map((i) => found[i].row),
    scores: Float32Array.from(kept, (i) => found[i].score),
    classes: kept.map((i) => found[i].k),
    boxes: pick(own, kept),
  };
}
