/**
 * Momentum: slowly following copies of the encoders, whose features are the steady targets and candidates of contrast
 * (MoCo, arXiv 1911.05722, section 3.2; ALBEF, arXiv 2107.07651, section 3.2).
 *
 * Everything here is a parameter that no gradient reaches, so checkpoints of a run hold it like any weight. A step gives
 * the next values by path; see `moves` of train/step.ts.
 * k places in the queue, b pairs, e width of the shared space.
 */
import {
  countOf,
  float32,
  type Init,
  init,
  type NDArray,
  ParameterList,
  Params,
  range,
  scatterRows,
  type Tensor,
  toFloat32,
} from '../../core/index.ts';

/** A parameter path and what the step makes of it. */
export type Moves = Map<string, Tensor>;

/** A scope whose every parameter is `keep` of its slow copy and the rest of the one it follows. */
export class Following extends Params {
  readonly #slow: Params;
  readonly #online: Params;
  readonly #keep: number;
  readonly #moves: Moves;

  constructor(slow: Params, online: Params, keep: number, moves: Moves) {
    // The base class's own list is never asked: both ways to it are replaced.
    super(new ParameterList(), slow.path);
    this.#slow = slow;
    this.#online = online;
    this.#keep = keep;
    this.#moves = moves;
  }

  override at(...names: (string | number)[]): Following {
    return new Following(this.#slow.at(...names), this.#online.at(...names), this.#keep, this.#moves);
  }

  override get(name: string, shape: readonly number[], how: Init = init.zeros): Tensor {
    const path = this.path ? `${this.path}.${name}` : name;
    const known = this.#moves.get(path);
    if (known) return known;
    const slow = this.#slow.get(name, shape, how).mul(this.#keep);
    const next = slow.add(this.#online.get(name, shape, how).mul(1 - this.#keep)).stopGradient();
    this.#moves.set(path, next);
    return next;
  }
}

/** Features of earlier batches, `size` of each kind, as more candidates to choose from. */
export interface Queue {
  /** [k, e] */
  pictures: Tensor;
  texts: Tensor;
  /** Which picture each entry is of, [k]; only where several texts belong to one picture. */
  pictureIds?: Tensor;
  /** Where the next batch goes, [1]. */
  pointer: Tensor;
}

/** Not a picture's number. */
export const nobody = -100;

export function queueAt(p: Params, size: number, width: number, { withIds = false } = {}): Queue {
  return {
    pictures: p.get('pictures', [size, width], init.normal(1)),
    texts: p.get('texts', [size, width], init.normal(1)),
    pointer: p.get('pointer', [1]),
    ...(withIds && { pictureIds: p.get('pictureIds', [size], init.constant(nobody)) }),
  };
}

/** The queue's next values: a batch takes the places from the pointer on, around the end. */
export function enqueue(
  p: Params,
  queue: Queue,
  batch: { pictures: Tensor; texts: Tensor; pictureIds?: Tensor },
): Moves {
  const size = queue.pictures.size(0) as number;
  const wrapped = (at: Tensor) => at.sub(at.div(size).floor().mul(size));
  const count = batch.pictures.size(0);
  const places = wrapped(range(0, count).cast('float32').add(queue.pointer)).cast('int64');
  const put = (rows: Tensor, fresh: Tensor) => {
    const taken = scatterRows(fresh.mul(0).add(1), places, size);
    return rows
      .mul(taken.neg().add(1))
      .add(scatterRows(fresh, places, size))
      .stopGradient();
  };
  const moves: Moves = new Map([
    [`${p.path}.pictures`, put(queue.pictures, batch.pictures)],
    [`${p.path}.texts`, put(queue.texts, batch.texts)],
    [`${p.path}.pointer`, wrapped(queue.pointer.add(countOf([count])))],
  ]);
  if (queue.pictureIds && batch.pictureIds)
    moves.set(`${p.path}.pictureIds`, put(queue.pictureIds, batch.pictureIds.cast('float32')));
  return moves;
}

/** How a run begins: slow copies equal what they follow, and the queue's random rows have length 1. */
export function startMomentum(weights: ReadonlyMap<string, NDArray>): Map<string, NDArray> {
  const fresh = new Map<string, NDArray>();
  for (const [path, value] of weights) {
    const followed = path.startsWith('momentum.') ? weights.get(path.slice('momentum.'.length)) : undefined;
    if (followed) fresh.set(path, followed);
    if (/^queue\.(pictures|texts)$/.test(path)) fresh.set(path, unitRows(value));
  }
  return fresh;
}

function unitRows(array: NDArray): NDArray {
  const width = array.shape[1];
  const values = toFloat32(array).slice();
  for (let start = 0; start < values.length; start += width) {
    const row = values.subarray(start, start + width);
    const length = Math.hypot(...row);
    for (let i = 0; i < width; i++) row[i] /= length;
  }
  return float32(array.shape, values);
}
