/** Prompts as rows of equal length. */
import { InputError, int64, type NDArray, ShapeError, UsageError } from '../core/index.ts';
import type { SearchOptions } from './options.ts';

/** One list of ids a prompt, unequal ones allowed; or ids int64 [prompts, t] with a mask of 1 and 0, padded on the left. */
export type Prompts = { ids: readonly (readonly number[])[] } | { ids: NDArray; mask?: NDArray };

export interface PromptRows {
  /** Each row's ids, padding included. */
  rows: number[][];
  /** int64 [prompts, t] */
  ids: NDArray;
  /** int64 [prompts, t], 0 on padding. */
  mask: NDArray;
}

/** Lists become rows of the longest one's length, padded on the left; an empty one starts at bos. */
export function promptRows(prompts: Prompts, { eos, pad, bos }: SearchOptions): PromptRows {
  if (!('dtype' in prompts.ids)) return padded(prompts.ids, pad ?? [eos ?? 0].flat()[0], bos);

  const { ids, mask } = prompts as { ids: NDArray; mask?: NDArray };
  if (ids.shape.length !== 2 || ids.data.length === 0)
    throw new ShapeError(`prompt ids are [${ids.shape.join(', ')}] instead of [prompts, tokens]`);
  if (mask && mask.data.length !== ids.data.length)
    throw new ShapeError(`the prompt mask is [${mask.shape.join(', ')}], its ids are [${ids.shape.join(', ')}]`);
  const [count, length] = ids.shape;
  const all = Array.from(ids.data, Number);
  return {
    rows: Array.from({ length: count }, (_, row) => all.slice(row * length, (row + 1) * length)),
    ids: int64(ids.shape, all),
    mask: int64(ids.shape, mask ? Array.from(mask.data, Number) : all.map(() => 1)),
  };
}

function padded(lists: readonly (readonly number[])[], pad: number, bos: number | undefined): PromptRows {
  if (lists.length === 0) throw new InputError('no prompt: give one list of ids for each picture or text');
  const filled = lists.map((list, row) => {
    if (list.length > 0) return [...list];
    if (bos === undefined) throw new UsageError(`prompt ${row} is empty and the model has no token to start from`);
    return [bos];
  });
  const length = Math.max(...filled.map((list) => list.length));
  const extend = (list: readonly number[], filler: number) => [...Array(length - list.length).fill(filler), ...list];
  const rows = filled.map((list) => extend(list, pad));
  const shape = [rows.length, length];
  return {
    rows,
    ids: int64(shape, rows.flat()),
    mask: int64(
      shape,
      filled.flatMap((list) => extend(list.fill(1), 0)),
    ),
  };
}
