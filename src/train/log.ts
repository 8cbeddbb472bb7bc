/** The log of a run: one JSON object a line. What the HTML report is built from. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Settings, at the start of the log. */
export interface StartEntry {
  kind: 'start';
  step: number;
  time: string;
  settings: Record<string, unknown>;
}

export interface StepEntry {
  kind: 'step';
  /** Steps done, counted from 1. */
  step: number;
  loss: number;
  rate: number;
  /** Norm of the gradients before clipping. */
  norm: number;
  /** Wall time of the step and the part of it spent waiting for data, in milliseconds. */
  ms: number;
  waited: number;
  examples: number;
  metrics?: Record<string, number>;
}

/** A prediction to look at. */
export interface Sample {
  /** The picture as a data URL. */
  picture?: string;
  expected?: string;
  predicted: string;
}

export interface EvaluationEntry {
  kind: 'evaluation';
  step: number;
  scores: Record<string, number>;
  samples?: Sample[];
  /** Why there are no scores. */
  fault?: string;
}

export type LogEntry = StartEntry | StepEntry | EvaluationEntry;

/** All whole lines of a log; the torn last line of a killed process is left out. */
export function readLog(file: string): LogEntry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as LogEntry);
}

export class RunLog {
  readonly file: string;
  /** What was there when it was opened. */
  readonly found: readonly LogEntry[];

  /** Opens a log to go on after `step`: later entries, written by a process that was killed, are dropped. */
  constructor(file: string, step: number) {
    this.file = file;
    mkdirSync(dirname(file), { recursive: true });
    this.found = readLog(file).filter((entry) => entry.step <= step && step > 0);
    writeFileSync(`${file}.writing`, this.found.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    renameSync(`${file}.writing`, file);
  }

  write(entry: LogEntry): void {
    appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
  }
}
