/** What an open checkpoint is: named byte ranges of files, and a way to read one of them. */
import { type DType, dtypes, type NDArray, ndarray, sizeOf } from '../core/array.ts';
import { CheckpointError, nearest } from '../core/errors.ts';
import type { Packed } from '../core/lower.ts';
import type { ParameterList } from '../core/params.ts';
import { readBytes } from './files.ts';

export interface TensorEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Absolute path, links resolved. */
  readonly file: string;
  /** Where the bytes start, counted from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  /** Steps in elements per axis; absent when the numbers lie in row-major order without gaps. */
  readonly strides?: readonly number[];
  /** The same numbers packed for products, in `parts` equal slices along the first axis (packed.ts). */
  readonly packed?: Packed & { readonly parts: number };
}

export interface Checkpoint {
  /** The file or folder it was opened from, for messages. */
  readonly path: string;
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** One tensor in memory, in its own dtype. */
  read(name: string): Promise<NDArray>;
  /** Set where a model is to run on other numbers than its file holds: the file to bind instead (reduce.ts). */
  readonly reduce?: Reduce;
}

/** Makes, or finds, the file that a model with these parameters runs on. */
export type Reduce = (parameters: ParameterList, held: ReadonlyMap<string, Holder>) => Promise<Checkpoint>;

/** The tensor of a file that holds a parameter, as one of so many equal row slices, perhaps transposed. */
export interface Holder {
  readonly entry: TensorEntry;
  readonly parts: number;
  readonly turned: boolean;
}

export function checkpointOf(
  path: string,
  entries: ReadonlyMap<string, TensorEntry>,
  metadata: Readonly<Record<string, string>> = {},
): Checkpoint {
  return {
    path,
    entries,
    metadata,
    async read(name) {
      const entry = entries.get(name);
      if (entry) return readEntry(entry);
      const close = nearest(name, entries.keys());
      throw new CheckpointError(
        `${path}: there is no tensor ${name}; ${close.length ? `did you mean ${close.join(', ')}?` : `it has ${entries.size} others`}`,
      );
    },
  };
}

/** The tensors under one prefix, without it: a training checkpoint's `model` beside its optimiser. */
export function under(checkpoint: Checkpoint, prefix: string): Checkpoint {
  const start = `${prefix}.`;
  const entries = [...checkpoint.entries.values()]
    .filter(({ name }) => name.startsWith(start))
    .map((entry) => [entry.name.slice(start.length), { ...entry, name: entry.name.slice(start.length) }] as const);
  if (entries.length === 0) {
    const tops = [...new Set([...checkpoint.entries.keys()].map((name) => name.split('.')[0]))];
    throw new CheckpointError(
      `${checkpoint.path}: has no tensors under '${prefix}'; it has ${tops.slice(0, 8).join(', ')}`,
    );
  }
  return checkpointOf(checkpoint.path, new Map(entries), checkpoint.metadata);
}

export async function readEntry(entry: Omit<TensorEntry, 'packed'> & { packed?: Packed }): Promise<NDArray> {
  const { name, dtype, shape, file, offset, byteLength, strides, packed } = entry;
  if (packed?.only)
    throw new CheckpointError(
      `${file}: ${name} is packed (${packed.packing}), which serves to run a model only; to train, use the model it was made from`,
    );
  const bytes = await readBytes(file, offset, byteLength);
  const stored = new dtypes[dtype].array(bytes.buffer);
  if (!strides) return ndarray(dtype, shape, stored);
  const data = new dtypes[dtype].array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    data[i] = stored[from];
  }
  return ndarray(dtype, shape, data);
}

/** Every tensor in memory, by name. */
export async function readTensors(checkpoint: Checkpoint): Promise<Map<string, NDArray>> {
  const names = [...checkpoint.entries.keys()];
  return new Map(await Promise.all(names.map(async (name) => [name, await checkpoint.read(name)] as const)));
}
