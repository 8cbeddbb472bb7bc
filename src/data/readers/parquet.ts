/**
 * Parquet: tables of pictures and texts as the Hugging Face hub keeps them. The picture is a struct of bytes and path,
 * bare bytes, or the name of a file beside the table. One row group is in memory at a time. Node only.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import * as zlib from 'node:zlib';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { InputError, reason } from '../../core/errors.ts';
import { type ColumnOptions, captionsIn, columnsOf } from './columns.ts';
import { isRecord } from './json.ts';
import { type FindPicture, isAddress, type PictureOptions, pictureFinder } from './pictures.ts';
import { type CaptionedImage, type CaptionReader, type Place, type Refuse, rowReader } from './report.ts';
import { shardFiles } from './shards.ts';
import { type SplitOptions, splitFilter } from './split.ts';

export interface ParquetOptions extends ColumnOptions, PictureOptions, SplitOptions {}

/**
 * Reads one Parquet file or several, in the order of their names. A damaged file or row group is reported and passed over.
 * @param pattern a file, or several as 'train-*.parquet' or 'train-{00000..00003}.parquet'
 * @throws UsageError when there is no such file or a column is missing, InputError when no file is Parquet
 */
export async function readParquet(pattern: string, options: ParquetOptions = {}): Promise<CaptionReader> {
  return parquetReader(await shardFiles(pattern), options);
}

/** As `readParquet`, of files that are already found. */
export async function parquetReader(files: readonly string[], options: ParquetOptions = {}): Promise<CaptionReader> {
  let [count, opened] = [0, 0];
  let first: unknown;
  for (const file of files)
    try {
      const { metadata, close } = await openTable(file);
      await close();
      columnsOf(basename(file), columnNames(metadata), options);
      count += Number(metadata.num_rows);
      opened++;
    } catch (error) {
      // One among others is reported when its turn comes.
      first ??= error;
    }
  if (opened === 0) throw first;
  async function* rowsFrom(refuse: Refuse, [start, row]: Place): AsyncGenerator<CaptionedImage> {
    const split = splitFilter(files[0], options);
    for (let i = start; i < files.length; i++)
      try {
        for await (const { row: at, ...one } of rowsOf(files[i], i === start ? row : 0, options, split.takes, refuse))
          yield { ...one, at: [i, at] };
      } catch (error) {
        refuse(basename(files[i]), reason(error));
      }
    // Of a part of the set nobody can say which splits it lacks.
    if (start + row === 0) split.end();
  }
  return rowReader((refuse) => rowsFrom(refuse, [0, 0]), options.split ? undefined : count, rowsFrom);
}

/** The rows of a file from number `from` on; of row groups before it nothing is read. */
async function* rowsOf(
  file: string,
  from: number,
  options: ParquetOptions,
  takes: (split: unknown) => boolean,
  refuse: Refuse,
): AsyncGenerator<CaptionedImage & { row: number }> {
  const table = await openTable(file);
  try {
    const existing = columnNames(table.metadata);
    const { image, caption } = columnsOf(basename(file), existing, options);
    const columns = [image, caption, ...(existing.includes('split') ? ['split'] : [])];
    const find = pictureFinder(dirname(file), options);
    let next = 0;
    for (const [g, group] of table.metadata.row_groups.entries()) {
      const end = next + Number(group.num_rows);
      const start = Math.max(next, from);
      next = end;
      if (start >= end) continue;
      const rows = await table.read(columns, start, end).catch((error: unknown) => {
        refuse(`${basename(file)}:${start}`, `row group ${g}, rows ${start} to ${end - 1}: ${reason(error)}`);
        return [];
      });
      for (const [i, row] of rows.entries()) {
        if (!takes(row.split)) continue;
        const id = `${basename(file)}:${start + i}`;
        const captions = captionsIn(textIn(row[caption]));
        const picture = await pictureIn(row[image], find);
        if (captions.length === 0) refuse(id, `no caption in "${caption}"`);
        else if ('fault' in picture) refuse(id, picture.fault);
        else yield { id, image: picture.image, captions, source: file, row: start + i };
      }
    }
  } finally {
    await table.close();
  }
}

/** Texts that a file does not mark as such come as bytes. */
const textIn = (value: unknown): unknown =>
  value instanceof Uint8Array ? new TextDecoder().decode(value) : Array.isArray(value) ? value.map(textIn) : value;

async function pictureIn(
  value: unknown,
  find: FindPicture,
): Promise<{ image: string | Uint8Array } | { fault: string }> {
  const { bytes, path } = isRecord(value) && !(value instanceof Uint8Array) ? value : { bytes: value, path: value };
  if (bytes instanceof Uint8Array && bytes.length > 0) return { image: bytes };
  if (typeof path !== 'string' || !path) return { fault: 'no picture' };
  const image = await find(path);
  return image ? { image } : { fault: `${path} is not there${isAddress(path) ? ' as a downloaded file' : ''}` };
}

const columnNames = (metadata: FileMetaData): string[] =>
  parquetSchema(metadata).children.map(({ element }) => element.name);

interface Table {
  metadata: FileMetaData;
  /** The rows from `start` up to, not including, `end`. */
  read(columns: string[], start: number, end: number): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

type Unpack = (input: Uint8Array) => Uint8Array;

// Snappy, the usual one, is part of the library; Node has Zstandard from 22.15 on.
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: Unpack };
const compressors: Compressors = {
  GZIP: (input) => zlib.gunzipSync(input),
  BROTLI: (input) => zlib.brotliDecompressSync(input),
  ...(zstdDecompressSync && { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) }),
};

/** Throws InputError for what is not Parquet or is compressed in a way that cannot be read here. */
async function openTable(file: string): Promise<Table> {
  const handle = await open(file).catch((error: unknown) => {
    throw new InputError(`${file}: cannot be read (${reason(error)})`);
  });
  try {
    const buffer = await bytesOf(handle);
    const metadata = await parquetMetadataAsync(buffer);
    checkCompression(file, metadata);
    return {
      metadata,
      read: (columns, rowStart, rowEnd) =>
        parquetReadObjects({ file: buffer, metadata, columns, rowStart, rowEnd, compressors, utf8: false }),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error instanceof InputError ? error : new InputError(`${file}: not readable as Parquet (${reason(error)})`);
  }
}

async function bytesOf(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(Math.max(0, end - start));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      if (bytesRead < bytes.length) throw new InputError(`cut off: ${bytesRead} of ${bytes.length} bytes`);
      return bytes.buffer;
    },
  };
}

function checkCompression(file: string, { row_groups }: FileMetaData): void {
  const codecs = new Set(row_groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data?.codec)));
  for (const codec of codecs)
    if (codec && codec !== 'UNCOMPRESSED' && codec !== 'SNAPPY' && !(codec in compressors))
      throw new InputError(
        `${file}: is compressed with ${codec}, which cannot be read here` +
          (codec === 'ZSTD' ? '; Node 22.15 or later can' : '; write it again with SNAPPY, GZIP or BROTLI'),
      );
}
