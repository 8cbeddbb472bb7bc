/** Files that list pictures with captions: JSON, JSON lines, CSV, TSV, and the token files of Flickr8k and Flickr30k. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { InputError, reason } from '../../core/errors.ts';
import { type ColumnOptions, type Columns, captionsIn, columnsOf } from './columns.ts';
import type { Refuse } from './report.ts';

/** A row of a table before its picture is looked for. */
export interface TableRow {
  image: string;
  captions: string[];
  /** File and line. */
  where: string;
}

/** Rows of the table, whatever its format; rows without a name or a caption are refused. */
export async function* tableRows(file: string, options: ColumnOptions, refuse: Refuse): AsyncGenerator<TableRow> {
  for await (const row of rowsOf(file, options, refuse)) {
    if (!row.image) refuse(row.where, 'no picture is named');
    else if (row.captions.length === 0) refuse(row.where, `no caption for ${row.image}`);
    else yield row;
  }
}

function rowsOf(file: string, options: ColumnOptions, refuse: Refuse): AsyncGenerator<TableRow> {
  if (file.endsWith('.jsonl')) return jsonLines(file, options, refuse);
  if (file.endsWith('.json')) return jsonFile(file, options, refuse);
  return lineTable(file, options, refuse);
}

/** Lines with their numbers, from 1; the byte order mark of some editors is taken off. */
async function* linesOf(file: string): AsyncGenerator<[line: string, number: number]> {
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++;
    yield [number === 1 ? line.replace(/^\uFEFF/, '') : line, number];
  }
}

async function* jsonLines(file: string, options: ColumnOptions, refuse: Refuse): AsyncGenerator<TableRow> {
  let columns: Columns | undefined;
  for await (const [line, number] of linesOf(file)) {
    if (!line.trim()) continue;
    const where = `${basename(file)}:${number}`;
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch (error) {
      refuse(where, `not JSON (${reason(error)})`);
      continue;
    }
    if (!isRecord(row)) {
      refuse(where, 'not an object');
      continue;
    }
    columns ??= columnsOf(basename(file), Object.keys(row), options);
    yield rowFrom(row, columns, where);
  }
}

async function* jsonFile(file: string, options: ColumnOptions, refuse: Refuse): AsyncGenerator<TableRow> {
  const name = basename(file);
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new InputError(`${file}: not JSON (${reason(error)})`);
  }
  // { "a.jpg": "a dog", "b.jpg": ["a cat", "a sleeping cat"] }
  if (isRecord(content) && !Array.isArray(content)) {
    for (const [image, captions] of Object.entries(content))
      yield { image, captions: captionsIn(captions), where: `${name}: ${image}` };
    return;
  }
  if (!Array.isArray(content)) throw new InputError(`${file}: neither a list of rows nor an object of captions`);
  let columns: Columns | undefined;
  for (const [i, row] of content.entries()) {
    const where = `${name}[${i}]`;
    if (!isRecord(row)) {
      refuse(where, 'not an object');
      continue;
    }
    columns ??= columnsOf(name, Object.keys(row), options);
    yield rowFrom(row, columns, where);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const rowFrom = (row: Record<string, unknown>, { image, caption }: Columns, where: string): TableRow => ({
  image: typeof row[image] === 'string' || typeof row[image] === 'number' ? String(row[image]) : '',
  captions: captionsIn(row[caption]),
  where,
});

/** "dog.jpg#0<tab>A dog runs ." of the Flickr sets, or a table with a header, separated by tabs or commas. */
async function* lineTable(file: string, options: ColumnOptions, refuse: Refuse): AsyncGenerator<TableRow> {
  const name = basename(file);
  let separator: string | undefined;
  let places: { image: number; caption: number; count: number } | undefined;
  for await (const [line, number] of linesOf(file)) {
    if (!line.trim()) continue;
    const where = `${name}:${number}`;
    separator ??= line.includes('\t') ? '\t' : ',';
    const cells = separator === '\t' ? line.split('\t').map((cell) => cell.trim()) : commaCells(line);
    if (!places) {
      const header = headerPlaces(name, cells, options);
      places = header ?? { image: 0, caption: 1, count: 2 };
      if (header) continue;
    }
    if (cells.length < places.count) {
      refuse(where, `${cells.length} of ${places.count} columns`);
      continue;
    }
    // Without quotes a caption may hold commas itself; it is then the rest of the line.
    const loose = places.caption === places.count - 1 && separator === ',' && cells.length > places.count;
    const caption = loose ? cells.slice(places.caption).join(', ') : cells[places.caption];
    yield { image: cells[places.image].replace(/#\d+$/, ''), captions: captionsIn(caption), where };
  }
}

function headerPlaces(name: string, cells: string[], options: ColumnOptions) {
  const looksLikePicture = /\.(jpe?g|png|webp|gif|bmp|tiff?|avif)(#\d+)?$/i;
  if (cells.some((cell) => looksLikePicture.test(cell))) return undefined;
  const { image, caption } = columnsOf(name, cells, options);
  return { image: cells.indexOf(image), caption: cells.indexOf(caption), count: cells.length };
}

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
