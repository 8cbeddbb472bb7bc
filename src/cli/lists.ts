/** Texts of an option: given one by one, or as `@file` with one a line. */
import { readFile } from 'node:fs/promises';
import { reason, UsageError } from '../core/errors.ts';

/** The lines of a text file that are not empty. `option` is named when the file cannot be read. */
export async function readLines(file: string, option: string): Promise<string[]> {
  try {
    const lines = (await readFile(file, 'utf8')).split(/\r?\n/);
    return lines.map((line) => line.trim()).filter(Boolean);
  } catch (error) {
    throw new UsageError(`${option} @${file}: cannot be read (${reason(error)}); give a text file with one a line`);
  }
}

/** Each text as it is, each `@file` as its lines. Throws UsageError where that leaves nothing. */
export async function readTexts(given: readonly string[], option: string): Promise<string[]> {
  const lists = await Promise.all(
    given.map((text) => (text.startsWith('@') ? readLines(text.slice(1), option) : [text.trim()])),
  );
  const texts = lists.flat().filter(Boolean);
  if (texts.length === 0) throw new UsageError(`${option} ${given.join(' ')}: there is no text; give one in quotes`);
  return texts;
}
