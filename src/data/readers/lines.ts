/** Files of lines, and lines of cells. Node only. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { InputError, reason } from '../../core/errors.ts';

/**
 * Lines with their numbers, from 1; the byte order mark of some editors is taken off.
 * @throws InputError when the file cannot be read
 */
export async function* linesOf(file: string): AsyncGenerator<[line: string, number: number]> {
  let number = 0;
  const input = createReadStream(file, 'utf8');
  const failed = new Promise<never>((_, reject) => {
    input.once('error', (error) => reject(new InputError(`${file}: cannot be read (${reason(error)})`)));
  });
  failed.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await Promise.race([lines.next(), failed]);
      if (done) return;
      number++;
      yield [number === 1 ? value.replace(/^\uFEFF/, '') : value, number];
    }
  } finally {
    input.destroy();
  }
}

export type Separator = '\t' | '|' | ',';

/** What stands between the cells of a table whose first line this is. */
export const separatorOf = (line: string): Separator =>
  line.includes('\t') ? '\t' : /^[^,]*\|/.test(line) ? '|' : ',';

export const cellsOf = (line: string, separator: Separator): string[] =>
  separator === ',' ? commaCells(line) : line.split(separator).map((cell) => cell.trim());

/** Cells of one CSV line: quotes may hold commas, and doubled quotes inside them stand for one. */
function commaCells(line: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line[i];
    if (quoted && character === '"' && line[i + 1] === '"') {
      cell += '"';
      i++;
    } else if (character === '"' && (quoted || cell === '')) quoted = !quoted;
    else if (character === ',' && !quoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += character;
  }
  cells.push(cell.trim());
  return cells;
}
