/** What the two sides of a comparison are told, and what they answer: one JSON argument, one JSON line. */

/** Settings of one process. Both sides get the same; a side reads what concerns its case. */
export interface Job {
  /** Folder of the model. */
  model: string;
  threads: number;
  /** Pictures at once. */
  batch: number;
  /** Runs before and while the clock counts. */
  warmup: number;
  repeat: number;
  beams?: number;
  /** Tokens to write, exactly; in training, tokens of each text. */
  tokens?: number;
  /** Prefix of the files that the engine's times by operator go to. Ours only. */
  profile?: string;
}

export interface Sample {
  /** Numbers by the name of what is measured, such as `ms` and `mb`. */
  values: Record<string, number>;
  /** Results of the work itself. Both sides must agree, or the times compare different things. */
  proof: (number | string)[];
  /** Times by operator, of a run that was asked for a profile. */
  operators?: OperatorTime[];
}

export interface OperatorTime {
  operator: string;
  /** Calls and milliseconds in one run of the graph. */
  calls: number;
  ms: number;
  share: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
