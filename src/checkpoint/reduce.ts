/**
 * Writes the file that a model of lower precision runs on. Tensors pass through one after another: what is in memory at a
 * time is one packed matrix and a piece of the numbers it is made from.
 */
import type { FileHandle } from 'node:fs/promises';
import { dtypes, type NDArray, ndarray, sizeOf, toFloat32 } from '../core/array.ts';
import type { Packing } from '../core/lower.ts';
import { MatrixPacker, packedSizes, type Treatment } from '../precision/index.ts';
import { type Checkpoint, type Holder, readEntry, type TensorEntry } from './checkpoint.ts';
import { readBytes } from './files.ts';
import { type PackedTensor, packedMetadata, scalesOf, valuesOf } from './packed.ts';
import { bytesOf, headerOf, type StoredTensor, writeAtomically } from './write.ts';

export interface ReduceProgress {
  /** Bytes of the given file's tensors. */
  readonly done: number;
  readonly total: number;
}

export interface ReduceOptions {
  signal?: AbortSignal;
  onReduce?: (progress: ReduceProgress) => void;
}

/** What becomes of one tensor of the given file. */
interface Change {
  readonly half: boolean;
  readonly packed?: { readonly packing: Packing; readonly parts: number; readonly only: boolean };
}

/** Bytes of the given file that are read at a time. */
const piece = 1 << 24;

/**
 * Writes `checkpoint` to `path` with every tensor as the plan for its parameters says.
 * @returns how many tensors were changed
 */
export async function writeReduced(
  path: string,
  checkpoint: Checkpoint,
  { dtype, plan, held }: { dtype: string; plan: ReadonlyMap<string, Treatment>; held: ReadonlyMap<string, Holder> },
  { signal, onReduce }: ReduceOptions = {},
): Promise<number> {
  const changes = changesOf(plan, held);
  const entries = [...checkpoint.entries.values()];
  const stored = entries.flatMap((entry) => storedAs(entry, changes.get(entry.name)));
  stored.sort((a, b) => dtypes[b.dtype].bytes - dtypes[a.dtype].bytes);
  const header = headerOf(path, stored, { ...checkpoint.metadata, ...metadataOf(dtype, entries, changes) });
  const places = new Map<string, number>();
  let end = header.length;
  for (const { name, shape, dtype: as } of stored) {
    places.set(name, end);
    end += sizeOf(shape) * dtypes[as].bytes;
  }
  const total = entries.reduce((sum, { byteLength }) => sum + byteLength, 0);
  let done = 0;
  const fill = async (file: FileHandle) => {
    await writeAt(file, header, 0);
    for (const entry of entries) {
      signal?.throwIfAborted();
      await writeEntry(file, entry, changes.get(entry.name), (name) => places.get(name)!);
      done += entry.byteLength;
      onReduce?.({ done, total });
    }
  };
  await writeAtomically(path, fill).catch((error) => {
    signal?.throwIfAborted();
    throw error;
  });
  return changes.size;
}

function metadataOf(dtype: string, entries: readonly TensorEntry[], changes: ReadonlyMap<string, Change>) {
  const packed = entries.flatMap(({ name, shape }): [string, PackedTensor][] => {
    const change = changes.get(name)?.packed;
    return change ? [[name, { packing: change.packing, shape, parts: change.parts }]] : [];
  });
  return packedMetadata(dtype, Object.fromEntries(packed));
}

/** By tensor: two parameters may share one, as slices of it or tied. */
function changesOf(plan: ReadonlyMap<string, Treatment>, held: ReadonlyMap<string, Holder>): Map<string, Change> {
  const sharing = new Map<string, { holder: Holder; treatments: (Treatment | undefined)[] }>();
  for (const [path, holder] of held) {
    const known = sharing.get(holder.entry.name) ?? { holder, treatments: [] };
    known.treatments.push(plan.get(path));
    sharing.set(holder.entry.name, known);
  }
  const changes = new Map<string, Change>();
  for (const [name, { holder, treatments }] of sharing) {
    if (treatments.some((one) => one?.kind === 'half') && holder.entry.dtype === 'float32')
      changes.set(name, { half: true });
    const packed = treatments.filter((one) => one?.kind === 'packed');
    const packings = new Set(packed.map(({ packing }) => packing));
    // A matrix that the file holds transposed stays as it is: ours is then no byte range of it.
    if (packings.size !== 1 || holder.turned || holder.entry.shape.length !== 2) continue;
    const only = treatments.every((one) => one?.kind === 'packed' && one.only);
    changes.set(name, { half: false, packed: { packing: [...packings][0], parts: holder.parts, only } });
  }
  return changes;
}

/** The tensors that one of the given file becomes. */
function storedAs({ name, shape, dtype }: TensorEntry, change?: Change): StoredTensor[] {
  const plain: StoredTensor = { name, shape, dtype: change?.half ? 'float16' : dtype };
  if (!change?.packed) return [plain];
  const { packing, parts, only } = change.packed;
  const [rows, columns] = shape;
  const { bytes, scales } = packedSizes(packing, rows, columns);
  const values: Omit<StoredTensor, 'name'> =
    packing === 'columns8'
      ? { shape: [parts, columns, rows / parts], dtype: 'int8' }
      : { shape: [rows, bytes / rows], dtype: 'uint8' };
  return [
    ...(only ? [] : [plain]),
    { name: valuesOf(name), ...values },
    { name: scalesOf(name), shape: [rows, scales / rows], dtype: 'float32' },
  ];
}

async function writeEntry(
  file: FileHandle,
  entry: TensorEntry,
  change: Change | undefined,
  place: (name: string) => number,
) {
  const { name, shape } = entry;
  const packed = change?.packed;
  if (!packed?.only) {
    let at = place(name);
    for await (const part of piecesOf(entry)) {
      const bytes = bytesOf(entry.file, name, part, change?.half ? 'float16' : part.dtype);
      await writeAt(file, bytes, at);
      at += bytes.length;
    }
  }
  if (!packed) return;
  // Slices of a fused matrix become matrices of their own, one after another.
  const rows = shape[0] / packed.parts;
  let [values, scales] = [place(valuesOf(name)), place(scalesOf(name))];
  let packer = new MatrixPacker(packed.packing, rows, shape[1]);
  for await (const part of piecesOf(entry))
    for (const numbers of packer.split(toFloat32(part))) {
      packer.add(numbers);
      if (!packer.full) continue;
      const scaleBytes = new Uint8Array(packer.scales.buffer);
      await writeAt(file, packer.values, values);
      await writeAt(file, scaleBytes, scales);
      values += packer.values.length;
      scales += scaleBytes.length;
      packer = new MatrixPacker(packed.packing, rows, shape[1]);
    }
}

/** The numbers of a tensor in whole rows, a piece at a time. */
async function* piecesOf(entry: TensorEntry): AsyncGenerator<NDArray> {
  const { dtype, shape, file, offset, byteLength } = entry;
  if (entry.strides || shape.length === 0 || byteLength <= piece) {
    yield await readEntry(entry);
    return;
  }
  const row = byteLength / shape[0];
  const most = Math.max(1, Math.floor(piece / row));
  for (let at = 0; at < shape[0]; at += most) {
    const rows = Math.min(most, shape[0] - at);
    const bytes = await readBytes(file, offset + at * row, rows * row);
    yield ndarray(dtype, [rows, ...shape.slice(1)], new dtypes[dtype].array(bytes.buffer));
  }
}

/** One call to the system writes at most 2 GiB, and perhaps less than it is given. */
async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, Math.min(bytes.length - done, 1 << 30), position + done)).bytesWritten;
}
