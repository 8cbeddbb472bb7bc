/** Region proposals: which moved anchors are looked at closely. */
import { type Boxes, boxAt, clip, longerThan, moved, pick } from './boxes.ts';
import { byScore, suppress } from './suppress.ts';

export interface Proposals {
  boxes: Boxes;
  /** Of each box, falling. */
  scores: Float32Array;
}

export interface ProposalOptions {
  /** Size of the picture that the anchors lie on. */
  width: number;
  height: number;
  /** Anchors that are moved and compared, the surest first. */
  before: number;
  /** Proposals that are kept. */
  after: number;
  /** Overlap above which the less sure of two goes. */
  threshold: number;
  /** Both sides are longer than this many pixels. */
  longer: number;
}

/** A side grows from 16 to 1000 pixels at most. */
export const largestGrowth = Math.log(1000 / 16);

/** Detectron's rule. Deltas [n, 4] of anchors [n, 4], weighted by `weights`. */
export function topProposals(
  anchors: Boxes,
  scores: Float32Array,
  deltas: Float32Array,
  { width, height, before, after, threshold, longer, weights }: ProposalOptions & { weights?: readonly number[] },
): Proposals {
  const first = byScore(scores).slice(0, before);
  const boxes = clip(
    moved(pick(anchors, first), pick(deltas, first), { weights, largest: largestGrowth }),
    width,
    height,
  );
  const long = longerThan(boxes, longer);
  const rows = first.flatMap((_, i) => (long[i] ? [i] : []));
  return surest(
    pick(boxes, rows),
    Float32Array.from(rows, (i) => scores[first[i]]),
    threshold,
    after,
  );
}

function surest(boxes: Boxes, scores: Float32Array, threshold: number, most: number, inclusive = false): Proposals {
  const kept = suppress(boxes, scores, threshold, { most, inclusive });
  return { boxes: pick(boxes, kept), scores: Float32Array.from(kept, (row) => scores[row]) };
}

/**
 * The rule of the detector whose features UNITER read (bottom-up attention, in Caffe): pixels are counted, boxes end one
 * pixel before the picture does, and sides of `longer` pixels are long enough.
 */
export function caffeProposals(
  anchors: Boxes,
  scores: Float32Array,
  deltas: Float32Array,
  { width, height, before, after, threshold, longer }: ProposalOptions,
): Proposals & { decoded: Boxes; clipped: Boxes } {
  const decoded = moved(anchors, deltas, { inclusive: true });
  const clipped = clip(decoded, width - 1, height - 1);
  const rows = byScore(scores).filter((row) => {
    const [x1, y1, x2, y2] = boxAt(clipped, row);
    return x2 - x1 + 1 >= longer && y2 - y1 + 1 >= longer;
  });
  const first = rows.slice(0, before);
  const chosen = surest(
    pick(clipped, first),
    Float32Array.from(first, (row) => scores[row]),
    threshold,
    after,
    true,
  );
  return { ...chosen, decoded, clipped };
}
