/** Pairs gathered by picture, and pictures into batches, a few at a time and in the order of the set. */
import type { Bookmark, Pair, PairFault } from '../data/index.ts';

/** A picture with the texts that came with it. */
export interface PictureTexts {
  /** Of its first pair in the set, from 0. */
  place: number;
  picture: Pair['picture'];
  pairs: Pair[];
}

export interface Batch {
  /** In their order; faults are rows that give no pair. */
  items: (PictureTexts | PairFault)[];
  /** How many rows of the set are read once this batch is done. */
  next: number;
  /** Of its last picture: where reading begins again for the rest. */
  bookmark?: Bookmark;
}

/** More texts of one picture are read as another picture, and more faults end a batch, so that no batch grows large. */
const [mostTexts, mostItems] = [64, 1024];

/** Pairs that follow each other with the same picture are one picture, which is captioned once. */
async function* byPicture(
  rows: AsyncIterable<Pair | PairFault>,
  from: number,
): AsyncGenerator<{ item: PictureTexts | PairFault; next: number }> {
  let open: PictureTexts | undefined;
  let place = from;
  for await (const row of rows) {
    const joins = open && 'picture' in row && samePicture(open.picture, row.picture) && open.pairs.length < mostTexts;
    if (open && !joins) {
      yield { item: open, next: place };
      open = undefined;
    }
    if ('fault' in row) yield { item: row, next: place + 1 };
    else if (open) open.pairs.push(row);
    else open = { place, picture: row.picture, pairs: [row] };
    place++;
  }
  if (open) yield { item: open, next: place };
}

const samePicture = (a: Pair['picture'], b: Pair['picture']): boolean =>
  a === b || ('path' in a && 'path' in b && a.path === b.path);

/** The first `count` of some items. */
async function* atMost<T>(items: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  if (count <= 0) return;
  let taken = 0;
  for await (const item of items) {
    yield item;
    if (++taken >= count) return;
  }
}

export interface BatchOptions {
  /** Pictures in a batch. */
  size: number;
  /** Rows that `rows` leaves out at the start of the set. */
  from: number;
  /** The last row to read, counted from the start of the set. */
  limit: number;
}

/** @param rows those of the set after the first `from` */
export async function* batches(
  rows: AsyncIterable<Pair | PairFault>,
  { size, from, limit }: BatchOptions,
): AsyncGenerator<Batch> {
  let items: Batch['items'] = [];
  let [pictures, last] = [0, from];
  let bookmark: Bookmark | undefined;
  for await (const { item, next } of byPicture(atMost(rows, limit - from), from)) {
    items.push(item);
    last = next;
    if ('picture' in item) {
      pictures++;
      bookmark = item.pairs[0].bookmark;
    }
    if (pictures < size && items.length < mostItems) continue;
    yield { items, next, bookmark };
    [items, pictures] = [[], 0];
  }
  if (items.length) yield { items, next: last, bookmark };
}
