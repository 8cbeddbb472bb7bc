/** How tuning starts from pre-trained weights, where a head or a row is new: arrays by our paths, in place. */
import { float32, type NDArray, toFloat32, UsageError } from '../../core/index.ts';

type Arrays = Map<string, NDArray>;

/** Ranking starts as the logit of "matches", so that it orders before it is tuned (ViLT, METER, UNITER). */
export function rankFromMatch(weights: Arrays): void {
  const [matrix, bias] = [needed(weights, 'match.weight'), needed(weights, 'match.bias')];
  const width = matrix.shape[1];
  weights.set('rank.weight', float32([1, width], toFloat32(matrix).slice(width)));
  weights.set('rank.bias', float32([1], toFloat32(bias).slice(1)));
}

/** The second picture of a pair starts as the first: row 1 of a table of types again as its last row. */
export function secondPictureFromFirst(weights: Arrays, table: string): void {
  const known = needed(weights, table);
  const [rows, width] = known.shape;
  const values = new Float32Array((rows + 1) * width);
  values.set(toFloat32(known));
  values.copyWithin(rows * width, width, 2 * width);
  weights.set(table, float32([rows + 1, width], values));
}

function needed(weights: Arrays, path: string): NDArray {
  const value = weights.get(path);
  if (!value) throw new UsageError(`${path} is not among the weights; start from a pre-trained file that has it`);
  return value;
}
