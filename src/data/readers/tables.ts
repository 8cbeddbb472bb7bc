/**
 * Files that list pictures with captions: JSON, JSON lines, CSV, TSV (with a header, or the bare lines of Conceptual
 * Captions), and the token files of Flickr8k and Flickr30k. Node only.
 */
import { basename, dirname } from 'node:path';
import { InputError } from '../../core/errors.ts';
import { type ColumnOptions, type Columns, captionsIn, columnsOf } from './columns.ts';
import { isRecord, jsonObjects, keysOf, readJson } from './json.ts';
import { cellsOf, linesOf, type Separator, separatorOf } from './lines.ts';
import { isAddress, type PictureOptions, pictureFinder } from './pictures.ts';
import { type CaptionedImage, type CaptionReader, type Refuse, rowReader } from './report.ts';
import { type SplitOptions, splitFilter } from './split.ts';

export interface TableOptions extends ColumnOptions, PictureOptions, SplitOptions {}

/** A row of a table before its picture is looked for. */
interface TableRow {
  image: string;
  captions: string[];
  split?: unknown;
  /** File and line. */
  where: string;
}

/**
 * Reads a table. Several rows of one picture that follow each other become one row with several captions.
 * @throws UsageError, while rows are read, when no column fits; the message names those that exist
 */
export const readTable = (file: string, options: TableOptions = {}): CaptionReader =>
  rowReader((refuse) => tablePictures(file, rowsOf(file, options, refuse), options, refuse));

/** As `readTable`, of JSON that is already in memory. */
export const readJsonTable = (file: string, content: unknown, options: TableOptions = {}): CaptionReader =>
  rowReader((refuse) => tablePictures(file, jsonRows(file, content, options, refuse), options, refuse));

async function* tablePictures(
  file: string,
  rows: AsyncIterable<TableRow> | Iterable<TableRow>,
  options: TableOptions,
  refuse: Refuse,
): AsyncGenerator<CaptionedImage> {
  const find = pictureFinder(dirname(file), options);
  const split = splitFilter(file, options);
  let open: CaptionedImage | undefined;
  for await (const { image, captions, where, split: side } of rows) {
    if (!split.takes(side)) continue;
    if (!image) refuse(where, 'no picture is named');
    else if (captions.length === 0) refuse(where, `no caption for ${image}`);
    else if (open?.id === image) open.captions.push(...captions);
    else {
      const path = await find(image);
      if (!path) refuse(where, `${image} is not there${isAddress(image) ? ' as a downloaded file' : ''}`);
      else {
        if (open) yield open;
        open = { id: image, image: path, captions: [...captions], source: file };
      }
    }
  }
  if (open) yield open;
  split.end();
}

async function* rowsOf(file: string, options: TableOptions, refuse: Refuse): AsyncGenerator<TableRow> {
  if (/\.(jsonl|ndjson)$/i.test(file)) yield* jsonLines(file, options, refuse);
  else if (/\.json$/i.test(file)) yield* jsonRows(file, await readJson(file), options, refuse);
  else yield* lineTable(file, options, refuse);
}

async function* jsonLines(file: string, options: ColumnOptions, refuse: Refuse): AsyncGenerator<TableRow> {
  let columns: Columns | undefined;
  for await (const [row, where] of jsonObjects(file, refuse)) {
    columns ??= columnsOf(basename(file), Object.keys(row), options);
    yield rowFrom(row, columns, where);
  }
}

function* jsonRows(file: string, content: unknown, options: ColumnOptions, refuse: Refuse): Generator<TableRow> {
  const name = basename(file);
  // { "a.jpg": "a dog", "b.jpg": ["a cat", "a sleeping cat"] }
  if (isRecord(content)) {
    for (const [image, captions] of Object.entries(content))
      yield { image, captions: captionsIn(captions), where: `${name}: ${image}` };
    return;
  }
  if (!Array.isArray(content))
    throw new InputError(`${file}: neither a list of rows nor an object of captions, but ${keysOf(content)}`);
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

const rowFrom = (row: Record<string, unknown>, { image, caption }: Columns, where: string): TableRow => ({
  image: typeof row[image] === 'string' || typeof row[image] === 'number' ? String(row[image]) : '',
  captions: captionsIn(row[caption]),
  split: row.split,
  where,
});

interface Places {
  image: number;
  caption: number;
  /** -1 where there is none. */
  split: number;
  /** Cells of a row. */
  count: number;
}

/** "dog.jpg#0<tab>A dog runs ." of the Flickr sets, bare "caption<tab>address" lines, or a table with a header. */
async function* lineTable(file: string, options: ColumnOptions, refuse: Refuse): AsyncGenerator<TableRow> {
  const name = basename(file);
  let separator: Separator | undefined;
  let places: Places | undefined;
  for await (const [line, number] of linesOf(file)) {
    if (!line.trim()) continue;
    const where = `${name}:${number}`;
    separator ??= separatorOf(line);
    const cells = cellsOf(line, separator);
    if (!places) {
      const bare = barePlaces(cells);
      places = bare ?? headerPlaces(name, cells, options);
      if (!bare) continue;
    }
    if (cells.length < places.count) {
      refuse(where, `${cells.length} of ${places.count} columns`);
      continue;
    }
    // Without quotes a caption may hold commas itself; it is then the rest of the line.
    const loose = places.caption === places.count - 1 && separator === ',' && cells.length > places.count;
    const caption = loose ? cells.slice(places.caption).join(', ') : cells[places.caption];
    const image = cells[places.image].replace(/(?<=\.\w+)#\d+$/, '');
    yield { image, captions: captionsIn(caption), split: cells[places.split], where };
  }
}

const looksLikePicture = /^https?:\/\/|\.(jpe?g|png|webp|gif|bmp|tiff?|avif)(#\d+)?$/i;

/** A first line that names a picture is no header; the caption stands in the next cell, or else before it. */
function barePlaces(cells: readonly string[]): Places | undefined {
  const image = cells.findIndex((cell) => looksLikePicture.test(cell));
  if (image < 0 || cells.length < 2) return undefined;
  const caption = image + 1 < cells.length ? image + 1 : image - 1;
  return { image, caption, split: -1, count: Math.max(image, caption) + 1 };
}

function headerPlaces(name: string, cells: readonly string[], options: ColumnOptions): Places {
  const { image, caption } = columnsOf(name, cells, options);
  return {
    image: cells.indexOf(image),
    caption: cells.indexOf(caption),
    split: cells.indexOf('split'),
    count: cells.length,
  };
}
