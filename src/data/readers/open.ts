/** Opens captioned pictures in whatever form they are kept, which is found by looking. Node only. */
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import { InputError, reason, UsageError } from '../../core/errors.ts';
import { cocoReader, isCoco } from './coco.ts';
import { type FolderOptions, readFolder, tableIn } from './folder.ts';
import { readJson } from './json.ts';
import { isKarpathy, karpathyReader } from './karpathy.ts';
import { parquetReader } from './parquet.ts';
import type { CaptionReader } from './report.ts';
import { shardFiles } from './shards.ts';
import { readJsonTable, readTable } from './tables.ts';
import { webDatasetReader } from './webdataset.ts';

/** Each form takes what concerns it and leaves the others aside. */
export interface CaptionOptions extends FolderOptions {}

/**
 * Reads a folder with captions or shards, a tar file, a Parquet file, a pattern of several of these, the JSON of COCO or
 * of Karpathy's splits, or a table (JSON, JSON lines, CSV, TSV).
 * @throws UsageError when there is nothing of the kind, InputError when a file is damaged as a whole
 */
export async function readCaptions(path: string, options: CaptionOptions = {}): Promise<CaptionReader> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) return inFolder(path, options);
  return inFiles(await shardFiles(path), options);
}

async function inFolder(folder: string, options: CaptionOptions): Promise<CaptionReader> {
  if (await tableIn(folder, options.table)) return readFolder(folder, options);
  const shards = await glob(['**/*.{tar,tgz,tar.gz}'], { cwd: folder });
  if (shards.length > 0) return inFiles(inOrder(folder, shards), options);
  const tables = await glob(['**/*.parquet'], { cwd: folder });
  return readFolder(folder, options).catch((error: unknown) => {
    if (error instanceof UsageError && tables.length > 0) return inFiles(inOrder(folder, tables), options);
    throw error;
  });
}

const inOrder = (folder: string, names: readonly string[]): string[] =>
  [...names].sort().map((name) => join(folder, name));

/** Files of one set are of one form, which the first of them that can be read tells. */
async function inFiles(files: readonly string[], options: CaptionOptions): Promise<CaptionReader> {
  const form = await formOf(files);
  if (form === 'tar') return webDatasetReader(files, options);
  if (form === 'parquet') return parquetReader(files, options);
  const [file] = files;
  if (files.length > 1)
    throw new UsageError(`${file} and ${files.length - 1} more: only tar and Parquet files come in shards`);
  return form === 'json' ? inJson(file, options) : readTable(file, options);
}

async function inJson(file: string, options: CaptionOptions): Promise<CaptionReader> {
  const content = await readJson(file);
  if (isCoco(content)) return cocoReader(file, content, options);
  if (isKarpathy(content)) return karpathyReader(file, content, options);
  return readJsonTable(file, content, options);
}

type Form = 'tar' | 'parquet' | 'json' | 'table';

async function formOf(files: readonly string[]): Promise<Form> {
  let fault: unknown;
  for (const file of files)
    try {
      return /\.(tar|tgz|tar\.gz)$/i.test(file) ? 'tar' : await lookInto(file);
    } catch (error) {
      fault ??= error;
    }
  const missing = (fault as { code?: string }).code === 'ENOENT';
  throw missing
    ? new UsageError(`${files[0]}: no such file or folder`)
    : new InputError(`${files[0]}: cannot be read (${reason(fault)})`);
}

/** By the first bytes, since names may be anything. */
async function lookInto(file: string): Promise<Form> {
  const handle = await open(file);
  try {
    const bytes = Buffer.alloc(512);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    if (bytes.toString('latin1', 0, 4) === 'PAR1') return 'parquet';
    if (bytes.toString('latin1', 257, 262) === 'ustar') return 'tar';
    if (bytes.includes(0) && bytesRead === bytes.length)
      throw new InputError('neither a table nor tar, Parquet or JSON');
    return /\.json$/i.test(file) ? 'json' : 'table';
  } finally {
    await handle.close();
  }
}
