/**
 * A folder of pictures with captions, as people keep them: a table beside the pictures (metadata.jsonl of Hugging Face's
 * imagefolder, captions.txt of Flickr, captions.tsv, .csv, .json), or a text file beside each picture. Node only.
 */
import { access, readFile, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { reason, UsageError } from '../../core/errors.ts';
import type { ColumnOptions } from './columns.ts';
import { type CaptionedImage, type CaptionReader, type Refuse, rowReader } from './report.ts';
import { type TableRow, tableRows } from './tables.ts';

export interface FolderOptions extends ColumnOptions {
  /** Name of the table inside the folder; by default the first of the usual names that exists. */
  table?: string;
}

const usualTables = ['metadata', 'captions', 'results_20130124', 'Flickr8k.token']
  .flatMap((stem) => ['.jsonl', '.json', '.csv', '.tsv', '.txt', '.token'].map((ending) => stem + ending))
  .concat('Flickr8k.token.txt', 'results_20130124.token');

const pictures = '**/*.{jpg,jpeg,png,webp,gif,bmp,tif,tiff,avif,JPG,JPEG,PNG,WEBP}';

/**
 * Reads a folder. Several rows of one picture that follow each other become one row with several captions.
 * @throws UsageError when the folder is missing, or holds neither a table nor text files beside pictures.
 */
export async function readFolder(folder: string, options: FolderOptions = {}): Promise<CaptionReader> {
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory()) throw new UsageError(`${folder}: ${info ? 'not a folder' : 'no such folder'}`);
  const table = await tableIn(folder, options.table);
  if (table) return rowReader((refuse) => tablePictures(table, tableRows(table, options, refuse), refuse));
  const found = (await glob(pictures, { cwd: folder })).sort();
  if (found.length === 0)
    throw new UsageError(`${folder}: no pictures and no captions file (${usualTables.slice(0, 6).join(', ')} …)`);
  return rowReader((refuse) => sidecars(folder, found, refuse), found.length);
}

async function tableIn(folder: string, name: string | undefined): Promise<string | undefined> {
  if (name !== undefined) {
    if (!(await exists(join(folder, name)))) throw new UsageError(`${join(folder, name)}: no such file`);
    return join(folder, name);
  }
  for (const usual of usualTables) if (await exists(join(folder, usual))) return join(folder, usual);
  return undefined;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function* tablePictures(
  table: string,
  rows: AsyncIterable<TableRow>,
  refuse: Refuse,
): AsyncGenerator<CaptionedImage> {
  let open: CaptionedImage | undefined;
  for await (const { image, captions, where } of rows) {
    if (open?.id === image) {
      open.captions.push(...captions);
      continue;
    }
    const path = await picturePath(dirname(table), image);
    if (!path) {
      refuse(where, `${image} is not there`);
      continue;
    }
    if (open) yield open;
    open = { id: image, image: path, captions: [...captions], source: table };
  }
  if (open) yield open;
}

/** The picture beside the table or in one of the folders that data sets put pictures in; never outside the folder. */
async function picturePath(folder: string, image: string): Promise<string | undefined> {
  for (const place of ['', 'images', 'Images', 'train', 'data']) {
    const path = resolve(folder, place, image);
    if (!path.startsWith(resolve(folder))) return undefined;
    if (await exists(path)) return path;
  }
  return undefined;
}

/** "dog.jpg" with "dog.txt" or "dog.caption": one caption a line. */
async function* sidecars(folder: string, names: string[], refuse: Refuse): AsyncGenerator<CaptionedImage> {
  for (const name of names) {
    const stem = join(folder, name.slice(0, -extname(name).length));
    const file = (await exists(`${stem}.txt`)) ? `${stem}.txt` : `${stem}.caption`;
    try {
      const text = await readFile(file, 'utf8');
      const captions = text
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter(Boolean);
      if (captions.length === 0) refuse(name, `${file} is empty`);
      else yield { id: name, image: join(folder, name), captions, source: file };
    } catch (error) {
      refuse(name, `no caption beside it (${reason(error)})`);
    }
  }
}
