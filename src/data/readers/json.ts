/** JSON as data sets keep it: one value a file, or one object a line. Node only. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputError, reason } from '../../core/errors.ts';
import { linesOf } from './lines.ts';
import type { Refuse } from './report.ts';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws InputError when the file cannot be read or is not JSON */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new InputError(`${file}: not readable as JSON (${reason(error)})`);
  }
}

/** The names in an object, or what the value is instead, for messages. */
export const keysOf = (value: unknown): string =>
  isRecord(value)
    ? Object.keys(value).slice(0, 12).join(', ') || 'nothing'
    : Array.isArray(value)
      ? 'a list'
      : typeof value;

/** The objects of a file of JSON lines; lines that hold none are refused. */
export async function* jsonObjects(
  file: string,
  refuse: Refuse,
): AsyncGenerator<[row: Record<string, unknown>, where: string]> {
  for await (const [line, number] of linesOf(file)) {
    if (!line.trim()) continue;
    const where = `${basename(file)}:${number}`;
    try {
      const row: unknown = JSON.parse(line);
      if (isRecord(row)) yield [row, where];
      else refuse(where, 'not an object');
    } catch (error) {
      refuse(where, `not JSON (${reason(error)})`);
    }
  }
}
