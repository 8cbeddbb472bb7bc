/** Recall at k: how often one of the right items is among the k most similar. */

/**
 * `similarity[q][i]` says how alike query q and item i are (larger is nearer); `targets[q]` holds the right items of
 * query q, one or several (a picture has five captions). Returns the share of queries with a right item among the first
 * k, for each k; of two equal similarities the lower item comes first.
 * Throws RangeError when the lists do not pair up or a query has no right item among the items.
 */
export function recallAtK(
  similarity: readonly ArrayLike<number>[],
  targets: readonly (number | readonly number[])[],
  ks: readonly number[] = [1, 5, 10],
): Record<number, number> {
  if (similarity.length !== targets.length)
    throw new RangeError(`${similarity.length} queries but ${targets.length} lists of right items; give one each`);
  if (similarity.length === 0) throw new RangeError('no queries; recall needs at least one');
  const ranks = similarity.map((row, query) => bestRank(row, [targets[query]].flat(), query));
  return Object.fromEntries(ks.map((k) => [k, ranks.filter((rank) => rank < k).length / ranks.length]));
}

/** The place, counted from 0, of the right item that comes first. */
function bestRank(row: ArrayLike<number>, right: readonly number[], query: number): number {
  if (right.length === 0 || right.some((item) => !(item in row)))
    throw new RangeError(`query ${query}: right items [${right.join(', ')}] are not among its ${row.length} items`);
  return Math.min(...right.map((item) => placeOf(item, row)));
}

function placeOf(item: number, row: ArrayLike<number>): number {
  let place = 0;
  for (let other = 0; other < row.length; other++)
    if (row[other] > row[item] || (row[other] === row[item] && other < item)) place++;
  return place;
}

/**
 * As `recallAtK`, from what a search found: `found[q]` lists items of query q, best first, and need not list them all.
 * Throws RangeError when the lists do not pair up.
 */
export function recallOfLists(
  found: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
  ks: readonly number[] = [1, 5, 10],
): Record<number, number> {
  if (found.length !== targets.length)
    throw new RangeError(`${found.length} queries but ${targets.length} lists of right items; give one each`);
  if (found.length === 0) throw new RangeError('no queries; recall needs at least one');
  const places = found.map((items, query) => items.findIndex((item) => targets[query].includes(item)));
  return Object.fromEntries(
    ks.map((k) => [k, places.filter((place) => place >= 0 && place < k).length / places.length]),
  );
}
