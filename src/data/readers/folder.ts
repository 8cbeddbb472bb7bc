/**
 * A folder of pictures with captions, as people keep them: a table beside the pictures (metadata.jsonl of Hugging Face's
 * imagefolder, captions.txt of Flickr, captions.tsv, .csv, .json), or a text file beside each picture. Node only.
 */
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { glob } from 'tinyglobby';
import { reason, UsageError } from '../../core/errors.ts';
import { exists } from './pictures.ts';
import { type CaptionedImage, type CaptionReader, type Refuse, rowReader } from './report.ts';
import { readTable, type TableOptions } from './tables.ts';

export interface FolderOptions extends TableOptions {
  /** Name of the table inside the folder; by default the first of the usual names that exists. */
  table?: string;
}

const usualTables = ['metadata', 'captions', 'results_20130124', 'results', 'Flickr8k.token']
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
  if (table) return readTable(table, options);
  const found = (await glob(pictures, { cwd: folder })).sort();
  if (found.length === 0)
    throw new UsageError(`${folder}: no pictures and no captions file (${usualTables.slice(0, 6).join(', ')} …)`);
  return rowReader((refuse) => sidecars(folder, found, refuse), found.length);
}

/** The path of the table in a folder: the named one, or the first of the usual names; undefined where there is none. */
export async function tableIn(folder: string, name?: string): Promise<string | undefined> {
  if (name !== undefined) {
    if (!(await exists(join(folder, name)))) throw new UsageError(`${join(folder, name)}: no such file`);
    return join(folder, name);
  }
  for (const usual of usualTables) if (await exists(join(folder, usual))) return join(folder, usual);
  return undefined;
}

/** "dog.jpg" with "dog.txt" or "dog.caption": one caption a line. */
async function* sidecars(folder: string, names: string[], refuse: Refuse): AsyncGenerator<CaptionedImage> {
  for (const name of names) {
    const stem = join(folder, name.slice(0, -extname(name).length));
    const file = (await exists(`${stem}.txt`)) ? `${stem}.txt` : `${stem}.caption`;
    try {
      const captions = captionLines(await readFile(file, 'utf8'));
      if (captions.length === 0) refuse(name, `${file} is empty`);
      else yield { id: name, image: join(folder, name), captions, source: file };
    } catch (error) {
      refuse(name, `no caption beside it (${reason(error)})`);
    }
  }
}

/** The captions of a text file: one a line. */
export const captionLines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
