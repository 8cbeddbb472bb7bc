/**
 * Files of `torch.save`, read without running anything in them. Since 1.6 a zip archive: a pickle that describes tensors,
 * and one stored member per storage. Before, five pickles and then the storages
 * (https://github.com/pytorch/pytorch/blob/main/torch/serialization.py). In both each storage is a byte range of the file.
 */
import { dtypes } from '../core/array.ts';
import { CheckpointError } from '../core/errors.ts';
import { type Checkpoint, checkpointOf } from './checkpoint.ts';
import { inspectFile, withFile } from './files.ts';
import { type PickleHost, UnfinishedPickle, unpickle } from './pickle.ts';
import { foreign, recognise, recognisedBytes } from './recognise.ts';
import { flatten } from './torch-flatten.ts';
import { findTorchName, type Storage, storageType } from './torch-names.ts';
import { type Range, type ReadBytes, zipMembers } from './zip.ts';

/** The description of the tensors, not their numbers: kilobytes as a rule. */
const largestPickle = 256 * 2 ** 20;
/** How much of an old file is read at first; its pickles do not say how long they are. */
const firstWindow = 2 ** 20;

interface File {
  readonly path: string;
  readonly file: string;
  readonly size: number;
  readonly read: ReadBytes;
}

/**
 * Opens a PyTorch file. Its nested dicts become one level of names joined by dots.
 * @throws CheckpointError that names the first thing in the file that is neither a tensor nor plain data.
 */
export async function openTorch(path: string): Promise<Checkpoint> {
  const { file, size } = await inspectFile(path);
  return withFile(file, size, async (read) => {
    const start = await read(0, recognisedBytes);
    const kind = recognise(start);
    const open = { path, file, size, read };
    if (kind === 'zip') return openZip(open);
    if (kind === 'pickle') return openLegacy(open);
    throw new CheckpointError(
      `${path}: ${foreign(start) ?? 'is no PyTorch file (neither a zip archive nor a pickle); get it again'}`,
    );
  });
}

async function openZip({ path, file, size, read }: File): Promise<Checkpoint> {
  const members = await zipMembers(path, size, read);
  const top = [...members.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name))?.split('/')[0];
  if (top === undefined)
    throw new CheckpointError(
      `${path}: is a zip archive, but not one of torch.save; unpack it or give the weights file`,
    );
  if ([...members.keys()].some((name) => name.startsWith(`${top}/code/`)))
    throw new CheckpointError(
      `${path}: is a TorchScript program, not weights; save its tensors from Python: torch.save(torch.jit.load(path).state_dict(), path)`,
    );
  const member = async (name: string) => {
    const range = members.get(`${top}/${name}`);
    if (range && range.byteLength > largestPickle)
      throw new CheckpointError(
        `${path}: its ${name} has ${range.byteLength} bytes, too many for a description of tensors`,
      );
    return range && read(range.offset, range.byteLength);
  };
  checkByteOrder(path, new TextDecoder().decode(await member('byteorder')).trim() !== 'big');
  const description = (await member('data.pkl')) as Uint8Array;
  const { value } = unpickle(description, hostOf(path));
  return checkpointOf(path, ...flatten(value, { path, file, rangeOf: (key) => members.get(`${top}/data/${key}`) }));
}

/** The number that `torch.save` writes first, as a pickle. */
const legacyMagic = 0x1950a86a20f9469cfc6cn;

async function openLegacy({ path, file, size, read }: File): Promise<Checkpoint> {
  for (let window = firstWindow; ; window *= 4) {
    const bytes = await read(0, Math.min(window, size));
    try {
      const { value, storages, end } = readLegacy(path, bytes);
      const ranges = await storageRanges({ path, size, read }, storages, end);
      return checkpointOf(path, ...flatten(value, { path, file, rangeOf: (key) => ranges.get(key) }));
    } catch (error) {
      if (!(error instanceof UnfinishedPickle) || window >= size || window >= largestPickle) throw error;
    }
  }
}

function readLegacy(path: string, bytes: Uint8Array) {
  const storages = new Map<string, Storage>();
  const host = hostOf(path, (storage) => storages.set(storage.key, storage));
  let end = 0;
  const next = () => {
    const read = unpickle(bytes, host, end);
    end = read.end;
    return read.value;
  };
  if (next() !== legacyMagic)
    throw new CheckpointError(`${path}: is a pickle, but not one of torch.save; only PyTorch files are read`);
  next(); // Protocol version.
  const system = next();
  checkByteOrder(path, !(system instanceof Map) || system.get('little_endian') !== false);
  const value = next();
  const keys = next();
  if (!Array.isArray(keys) || new Set(keys).size !== keys.length)
    throw new CheckpointError(`${path}: has no valid list of storages; the file is damaged, get it again`);
  return { value, end, storages: keys.map((key) => storages.get(String(key)) ?? damaged(path, `storage ${key}`)) };
}

/** Each storage stands after its length, in the order of the list. */
async function storageRanges(
  { path, size, read }: Omit<File, 'file'>,
  storages: readonly Storage[],
  start: number,
): Promise<Map<string, Range>> {
  const ranges = new Map<string, Range>();
  let at = start;
  for (const { key, dtype, length } of storages) {
    const head = await read(at, 8);
    if (head.length < 8) return damaged(path, `storage ${key}`);
    const stored = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
    const byteLength = stored * dtypes[dtype].bytes;
    if (stored !== length || at + 8 + byteLength > size) return damaged(path, `storage ${key}`);
    ranges.set(key, { offset: at + 8, byteLength });
    at += 8 + byteLength;
  }
  return ranges;
}

/** Persistent ids are ('storage', class, key, device, length[, view]); `view` is (key, start, length) or None. */
const hostOf = (path: string, found?: (storage: Storage) => void): PickleHost => ({
  path,
  find: findTorchName,
  persistent(id) {
    const [word, type, key, , length, view] = Array.isArray(id) ? id : [];
    const dtype = storageType(type);
    if (word !== 'storage' || !dtype || typeof key !== 'string' || !Number.isSafeInteger(length) || length < 0)
      return damaged(path, 'the description of a storage');
    const whole: Storage = { key, dtype, length, start: 0 };
    found?.(whole);
    return Array.isArray(view) ? { ...whole, start: view[1], length: view[2] } : whole;
  },
});

function checkByteOrder(path: string, little: boolean): void {
  if (!little)
    throw new CheckpointError(`${path}: was written on a big-endian machine; save it again on a little-endian one`);
}

function damaged(path: string, what: string): never {
  throw new CheckpointError(`${path}: ${what} is broken or cut off; the file is damaged, get it again`);
}
