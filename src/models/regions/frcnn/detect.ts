/** From a picture to its regions: seen, proposed, looked at, chosen. */
import { float32, InputError, type NDArray } from '../../../core/index.ts';
import type { Pixels } from '../../../image/index.ts';
import type { Program } from '../../../runtime/index.ts';
import { anchorShapes, anchorsOn, inAnchorOrder } from '../anchors.ts';
import { type Boxes, boxAt } from '../boxes.ts';
import { probabilities, type Table } from '../choose.ts';
import { type Proposals, topProposals } from '../proposals.ts';
import type { FrcnnConfig } from './config.ts';
import { stride } from './model.ts';
import { type Prepared, prepare } from './picture.ts';

/** Regions whose last stage is computed together: 32 need about 200 MB. */
const together = 32;

export interface Looks {
  /** On the picture as it was seen, [n, 4]. */
  proposals: Proposals;
  seen: Pick<Prepared, 'width' | 'height'>;
  features: Table;
  /** Probabilities; the background is last. */
  classes: Table;
  /** Probabilities among attributes; that there is none is left out. */
  attributes: Table;
  deltas: Table;
}

export interface LookOptions {
  signal?: AbortSignal;
  onProgress?: (done: number, all: number) => void;
}

/** Looks at every proposal of a picture. `sight` is for pictures of the size that this one is seen in. */
export async function lookAt(
  prepared: Prepared,
  { sight, look }: { sight: Program; look: Program },
  config: FrcnnConfig,
  { signal, onProgress }: LookOptions = {},
): Promise<Looks> {
  const { map, objectness, deltas } = await sight.run({ pixels: prepared.pixels }, { signal });
  const proposals = propose(objectness, deltas, prepared, config);
  const count = proposals.scores.length;
  if (count === 0) throw new InputError('the detector proposes no region of this picture; is it one plain colour?');
  const parts: Record<string, NDArray>[] = [];
  for (let start = 0; start < count; start += together) {
    onProgress?.(start, count);
    const rows = Array.from({ length: Math.min(together, count - start) }, (_, i) => [
      0,
      ...boxAt(proposals.boxes, start + i),
    ]);
    parts.push(await look.run({ map, boxes: float32([rows.length, 5], rows.flat()) }, { signal }));
  }
  onProgress?.(count, count);
  return {
    proposals,
    seen: { width: prepared.width, height: prepared.height },
    features: joined(parts, 'features'),
    classes: probabilities(joined(parts, 'classes')),
    attributes: probabilities(firstColumns(joined(parts, 'attributes'), config.regions.attributes)),
    deltas: joined(parts, 'deltas'),
  };
}

/** Which boxes the proposal network suggests; maps [1, a, r, c] and [1, 4a, r, c]. */
export function propose(
  objectness: NDArray,
  deltas: NDArray,
  { width, height }: Pick<Prepared, 'width' | 'height'>,
  { anchors, proposals }: FrcnnConfig,
): Proposals {
  const [, shapes, rows, columns] = objectness.shape;
  const all: Boxes = anchorsOn(
    { rows, columns, stride, offset: anchors.offset },
    anchorShapes(anchors.sizes, anchors.ratios),
  );
  const scores = inAnchorOrder(objectness.data as Float32Array, shapes, 1);
  const moves = inAnchorOrder(deltas.data as Float32Array, shapes, 4);
  return topProposals(all, scores, moves, { ...proposals, width, height });
}

function joined(parts: readonly Record<string, NDArray>[], name: string): Table {
  const [{ shape }] = parts.map((part) => part[name]);
  const data = new Float32Array(parts.reduce((sum, part) => sum + part[name].data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part[name].data as Float32Array, at);
    at += part[name].data.length;
  }
  return { data, width: shape[1] };
}

export const firstColumns = ({ data, width }: Table, columns: number): Table => ({
  data: data.filter((_, i) => i % width < columns),
  width: columns,
});

export const seenAs = (picture: Pixels, config: FrcnnConfig): Prepared => prepare(picture, config.picture);
