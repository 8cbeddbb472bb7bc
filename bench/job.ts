/** What the sides of a comparison are told, and what they answer: one JSON argument, one JSON line. */

/** Ours in three precisions, and PyTorch in three ways; `eager` is what a user of transformers gets. */
export const sides = {
  fp32: 'sightread',
  q8: 'sightread q8',
  q4: 'sightread q4',
  eager: 'PyTorch',
  int8: 'PyTorch int8',
  compile: 'PyTorch compiled',
} as const;

export type Side = keyof typeof sides;

export const peers: readonly Side[] = ['eager', 'int8', 'compile'];
/** Ours, from a copy of the weights that is packed once. */
export const packed = ['q8', 'q4'] as const satisfies readonly Side[];

/** Settings of one process. All sides get the same; a side reads what concerns its case. */
export interface Job {
  /** Folder of the model. */
  model: string;
  threads: number;
  /** Pictures at once. */
  batch: number;
  /** Runs before and while the clock counts. */
  warmup: number;
  repeat: number;
  /** Default: `fp32` here, `eager` there. */
  mode?: Side;
  /** A picture's file, where the work is about one. */
  picture?: string;
  beams?: number;
  /** Tokens to write, exactly; in training, tokens of each text. */
  tokens?: number;
  /** Prefix of the files that the engine's times by operator go to. Ours only. */
  profile?: string;
  /** What a process does one after another, where it does more than one thing. */
  stages?: readonly Stage[];
}

/** One thing that a process measures, as `name` among its values. */
export interface Stage extends Pick<Job, 'model' | 'warmup' | 'repeat' | 'beams'> {
  name: string;
  /** `encoder` sees pixels; `open` gets a captioner ready; the others are tasks, from a decoded picture to texts. */
  kind: 'open' | 'encoder' | 'caption' | 'answer' | 'match';
  /** Pictures at once. Default 1. */
  batch?: number;
  /** Of a text that is written, exactly. */
  tokens?: number;
  /** Given: a question, or the texts that may match. */
  texts?: readonly string[];
}

export interface Sample {
  /** Numbers by the name of what is measured, such as `ms` and `mb`. */
  values: Record<string, number>;
  /** Results of the work itself. Sides in float32 must agree, or the times compare different things. */
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
