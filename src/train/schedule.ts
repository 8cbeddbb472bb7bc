/** Learning rates over time, as plain data (so that a run can print, hash and compare them) and one pure function. */
import { UsageError } from '../core/index.ts';

export type Schedule = {
  /** The highest rate, reached at the end of the warm-up. */
  readonly peak: number;
  /** Steps over which the rate grows linearly from 0. Default 0. */
  readonly warmup?: number;
} & (
  | { readonly kind: 'constant' }
  /** Falls from the peak to `floor` (default 0) at step `steps` and stays there. */
  | { readonly kind: 'linear' | 'cosine'; readonly steps: number; readonly floor?: number }
);

/** The rate of step `step`, counted from 0. The first step of a warm-up already learns: its rate is peak / warmup. */
export function rateAt(schedule: Schedule, step: number): number {
  const { kind, peak, warmup = 0 } = schedule;
  if (step < warmup) return (peak * (step + 1)) / warmup;
  if (kind === 'constant') return peak;
  const { steps, floor = 0 } = schedule;
  if (steps <= warmup)
    throw new UsageError(`schedule: ${steps} steps end before the warm-up of ${warmup}; lengthen it`);
  const progress = Math.min(1, (step - warmup) / (steps - warmup));
  const share = kind === 'linear' ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
  return floor + (peak - floor) * share;
}
