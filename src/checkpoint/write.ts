/** Writes safetensors so that a reader sees the old file or the new one, whole, and never a part. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DType, dtypes, floatToHalf, type NDArray, sizeOf } from '../core/array.ts';
import { CheckpointError, reason } from '../core/errors.ts';
import { safetensorsTypes } from './safetensors.ts';

export interface WriteOptions {
  /** Strings kept in the header. */
  metadata?: Record<string, string>;
  /** `'float16'` stores float32 tensors in half precision; other dtypes stay as they are. */
  dtype?: 'float16';
}

/** Every tensor then starts at a multiple of its element size, and a mapped file at a cache line. */
const alignment = 64;

const publishedType = Object.fromEntries(
  Object.entries(safetensorsTypes).map(([published, dtype]) => [dtype, published]),
) as Record<DType, string>;

/**
 * Writes tensors to a safetensors file, atomically: a temporary file beside it is filled, flushed to the disk and
 * renamed. Wider dtypes come first, which keeps every tensor aligned; within a dtype the order is kept.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, NDArray]>,
  { metadata, dtype }: WriteOptions = {},
): Promise<void> {
  const stored = [...tensors].map(([name, array]) => ({
    name,
    array,
    dtype: array.dtype === 'float32' && dtype ? dtype : array.dtype,
  }));
  stored.sort((a, b) => dtypes[b.dtype].bytes - dtypes[a.dtype].bytes);
  for (const { name, array } of stored)
    if (sizeOf(array.shape) !== array.data.length)
      throw new CheckpointError(`${path}: tensor '${name}' has ${array.data.length} values for [${array.shape}]`);
  const header = headerOf(
    path,
    stored.map(({ name, array: { shape }, dtype }) => ({ name, shape, dtype })),
    metadata,
  );
  await writeAtomically(path, async (file) => {
    await file.writeFile(header);
    for (const { name, array, dtype } of stored) await file.writeFile(bytesOf(path, name, array, dtype));
  });
}

export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** The header of a file that holds these tensors in this order, without gaps; wider dtypes must come first. */
export function headerOf(path: string, stored: readonly StoredTensor[], metadata?: Record<string, string>): Uint8Array {
  const header = new Map<string, unknown>(metadata ? [['__metadata__', metadata]] : []);
  let end = 0;
  for (const { name, shape, dtype } of stored) {
    if (header.has(name) || name === '__metadata__')
      throw new CheckpointError(`${path}: two tensors would be written as '${name}'; give each a name of its own`);
    const start = end;
    end += sizeOf(shape) * dtypes[dtype].bytes;
    header.set(name, { dtype: publishedType[dtype], shape, data_offsets: [start, end] });
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const whole = Math.ceil((8 + text.length) / alignment) * alignment;
  const bytes = new Uint8Array(whole).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(whole - 8), true);
  bytes.set(text, 8);
  return bytes;
}

/** The bytes of an array in a dtype; float32 may become float16. */
export function bytesOf(path: string, name: string, { data, dtype: from }: NDArray, dtype: DType): Uint8Array {
  if (from === dtype) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  const half = Uint16Array.from(data as Float32Array, (value) => floatToHalf(value));
  for (let i = 0; i < half.length; i++)
    if ((half[i] & 0x7fff) === 0x7c00 && Number.isFinite(data[i] as number))
      throw new CheckpointError(
        `${path}: tensor '${name}' holds ${data[i]}, too large for float16; write it as float32`,
      );
  return new Uint8Array(half.buffer);
}

/** Fills a temporary file beside `path`, flushes it and gives it the name; whatever fails leaves nothing behind. */
export async function writeAtomically(path: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}.${Date.now().toString(36)}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof CheckpointError) throw error;
    throw new CheckpointError(`${path}: cannot be written (${reason(error)}); check the folder`);
  }
  await syncFolder(dirname(path));
}

/** A reader sees the old file or the new one, whole. Throws CheckpointError when it cannot be written. */
export const writeWhole = (path: string, content: string | Uint8Array): Promise<void> =>
  writeAtomically(path, (file) => file.writeFile(content));

/** Without this the new name itself may be lost in a power cut. Windows cannot open a folder, and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
