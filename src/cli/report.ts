/** Rows of results on standard output: lines to read, or one JSON array; and what failed on standard error. */
import type { LoadedModel } from '../models/model.ts';
import { inBatches, type Outcome, type Work } from './batches.ts';
import type { Picture } from './pictures.ts';
import { watched } from './progress.ts';
import { complain, type Session } from './session.ts';

export interface Result {
  /** What a line shows. */
  readonly text: string;
  /** What JSON shows beside `image`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ReportOptions {
  json?: boolean;
  /** Lines start with the picture's name and a tab. */
  named: boolean;
  /** 'captioned' */
  done: string;
  /** Names of the columns, above the first line. */
  header?: readonly string[];
}

/** What came of one picture: a row, or several. */
export type Results = Result | readonly Result[];

export interface DescribeOptions {
  /** Pictures in one call of `work`. */
  batch: number;
  work: Work<Results>;
  /** The model whose pictures may be read ahead of `work`. */
  model?: Pick<LoadedModel, 'processor'>;
}

/** Works through pictures, `batch` of them at a time, and writes what comes out, as it comes. */
export async function describe(
  pictures: readonly Picture[],
  session: Session,
  { batch, work, model, ...options }: ReportOptions & DescribeOptions,
): Promise<void> {
  const { signal } = session;
  const outcomes = inBatches(pictures, { size: batch, work, processor: model?.processor?.(), signal });
  await report(watched(outcomes, pictures.length, session), session, options);
}

/**
 * Whatever happens, what was written is a whole number of lines or a closed array. Sets the exit code to 1 when a picture
 * failed.
 */
async function report(
  outcomes: AsyncIterable<Outcome<Results>>,
  session: Session,
  { json, named, done, header }: ReportOptions,
): Promise<void> {
  const { stdout, stderr } = session;
  let [good, bad] = [0, 0];
  const rows = json ? jsonArray(session) : undefined;
  try {
    for await (const outcome of outcomes) {
      if ('error' in outcome) {
        bad++;
        complain(session, outcome.error);
        rows?.add({ image: outcome.name, error: outcome.error });
      } else {
        if (header && good === 0 && !rows) stdout.write(`${header.join('\t')}\n`);
        good++;
        for (const { text, fields } of [outcome.value].flat())
          if (rows) rows.add({ image: outcome.name, ...fields });
          else stdout.write(named ? `${outcome.name}\t${text}\n` : `${text}\n`);
      }
    }
  } finally {
    rows?.close();
    if (bad > 0 && good + bad > 1) stderr.write(`${done} ${good} of ${good + bad} pictures; ${bad} failed\n`);
  }
  if (bad > 0) session.exitCode = 1;
}

/** An array that grows on standard output, one row a line. */
export function jsonArray({ stdout }: Session): { add(row: unknown): void; close(): void } {
  let separator = '[\n  ';
  return {
    add(row) {
      stdout.write(separator + JSON.stringify(row));
      separator = ',\n  ';
    },
    close: () => stdout.write(separator.startsWith('[') ? '[]\n' : '\n]\n'),
  };
}
