/** Comparing numbers with stored ones, and what a comparison reports. */
import { type NDArray, showShape, toFloat32 } from '../core/index.ts';

export interface Check {
  /** 'logits', 'gradients/output.weight', 'generate 2' */
  name: string;
  pass: boolean;
  /** Largest absolute difference; absent where things are compared exactly. */
  error?: number;
  /** Why it failed, where numbers do not say it. */
  note?: string;
}

export interface Tolerance {
  atol: number;
  rtol: number;
}

/** Passes where |ours − stored| ≤ atol + rtol · |stored| for every element that `where` (0 or 1 a row) keeps. */
export function compare(
  name: string,
  ours: NDArray | undefined,
  stored: NDArray,
  { atol, rtol }: Tolerance,
  where?: NDArray,
): Check {
  if (!ours) return { name, pass: false, note: 'this output is not computed' };
  if (showShape(ours.shape) !== showShape(stored.shape))
    return { name, pass: false, note: `shape ${showShape(ours.shape)}, stored ${showShape(stored.shape)}` };
  const [a, b] = [toFloat32(ours), toFloat32(stored)];
  const each = where ? a.length / where.data.length : 1;
  let [error, pass] = [0, true];
  for (let i = 0; i < a.length; i++) {
    if (where && !Number(where.data[Math.floor(i / each)])) continue;
    const difference = Math.abs(a[i] - b[i]);
    if (!(difference <= error)) error = difference;
    if (!(difference <= atol + rtol * Math.abs(b[i]))) pass = false;
  }
  return { name, pass, error };
}

export function sameJson(name: string, ours: unknown, stored: unknown): Check {
  const [a, b] = [JSON.stringify(ours), JSON.stringify(stored)];
  return a === b ? { name, pass: true } : { name, pass: false, note: `${short(a)}, stored ${short(b)}` };
}

const short = (text: string) => (text.length > 120 ? `${text.slice(0, 117)}…` : text);
