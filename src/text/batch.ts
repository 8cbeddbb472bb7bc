/** Rows of one length out of texts of many lengths. b texts, t tokens. */
import { int64, type NDArray } from '../core/array.ts';
import { UsageError } from '../core/errors.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface BatchOptions {
  /** Where padding goes: after the text (encoders, training) or before it (prompts that generation continues). */
  side?: 'left' | 'right';
  /** The most tokens of a row, special ones included. */
  maxLength?: number;
  /** Pad to the longest row, or always to `maxLength`. */
  pad?: 'longest' | 'max';
  /** The id that fills, where it is not the tokenizer's own. */
  padId?: number;
  specialTokens?: boolean;
}

export interface TextBatch {
  /** int64 [b, t] */
  ids: NDArray;
  /** int64 [b, t]: 0 in the first text and in padding, 1 in the second text of a pair */
  typeIds: NDArray;
  /** int64 [b, t]: 1 for tokens, 0 for padding */
  mask: NDArray;
}

/**
 * Encodes texts, or pairs of texts, into rows of equal length.
 * Throws UsageError when rows need padding and nothing says with what, or when `pad: 'max'` has no `maxLength`.
 */
export function batch(
  tokenizer: Tokenizer,
  texts: readonly (string | readonly [string, string])[],
  { side = 'right', maxLength, pad = 'longest', padId = tokenizer.special.pad, specialTokens }: BatchOptions = {},
): TextBatch {
  const rows = texts.map((text) => {
    const [first, second] = typeof text === 'string' ? [text] : text;
    return tokenizer.encode(first, { pair: second, specialTokens, maxLength });
  });
  if (pad === 'max' && maxLength === undefined)
    throw new UsageError("pad: 'max' needs maxLength, the length to pad to");
  const length = pad === 'max' ? maxLength! : Math.max(0, ...rows.map((row) => row.ids.length));
  if (padId === undefined && rows.some((row) => row.ids.length < length))
    throw new UsageError('the texts differ in length and this tokenizer has no padding token; pass { padId }');
  const filled = (values: number[], filler: number) => {
    const padding = new Array<number>(length - values.length).fill(filler);
    return side === 'left' ? [...padding, ...values] : [...values, ...padding];
  };
  const grid = (pick: (row: (typeof rows)[number]) => number[], filler: number) =>
    int64(
      [rows.length, length],
      rows.flatMap((row) => filled(pick(row), filler)),
    );
  return {
    ids: grid((row) => row.ids, padId ?? 0),
    typeIds: grid((row) => row.typeIds, 0),
    mask: grid((row) => row.mask, 0),
  };
}
