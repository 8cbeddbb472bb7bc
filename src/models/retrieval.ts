/** Searching in two steps: by similarity, which is one product, then the best again by reading each text about its picture. */
import type { Found, Retrieved } from './model.ts';

/** Positions of the `count` largest numbers, largest first; of equal ones the earlier first. */
export function bestOf(values: ArrayLike<number>, count: number): number[] {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
  return order.slice(0, count);
}

/** For each picture the texts to read about it: those it finds best, and those that find it best. */
export function pairsToRead(similarity: readonly number[][], best: number): number[][] {
  const wanted = similarity.map((row) => new Set(bestOf(row, best)));
  const texts = similarity[0]?.length ?? 0;
  for (let text = 0; text < texts; text++)
    for (const picture of bestOf(
      similarity.map((row) => row[text]),
      best,
    ))
      wanted[picture].add(text);
  return wanted.map((set) => [...set].sort((a, b) => a - b));
}

/** `logits[p]` holds the match logit of every text that was read about picture p. */
export function rankFound(
  similarity: readonly number[][],
  logits: readonly ReadonlyMap<number, number>[],
  best: number,
): Retrieved {
  const found = (picture: number, text: number): Omit<Found, 'index'> => ({
    similarity: similarity[picture][text],
    score: similarity[picture][text] + logits[picture].get(text)!,
  });
  const ordered = (list: Found[]) => list.sort((a, b) => b.score - a.score || a.index - b.index);
  const texts = Array.from(similarity[0] ?? [], (_, text) => text);
  return {
    textsOf: similarity.map((row, picture) =>
      ordered(bestOf(row, best).map((index) => ({ index, ...found(picture, index) }))),
    ),
    picturesOf: texts.map((text) =>
      ordered(
        bestOf(
          similarity.map((row) => row[text]),
          best,
        ).map((index) => ({ index, ...found(index, text) })),
      ),
    ),
  };
}
