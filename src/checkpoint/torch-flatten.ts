/** From the value in a PyTorch file to named places: nested dicts and lists become names joined by dots. */
import { dtypes, sizeOf } from '../core/array.ts';
import { CheckpointError } from '../core/errors.ts';
import type { TensorEntry } from './checkpoint.ts';
import { Inert } from './pickle.ts';
import { type Storage, TorchTensor } from './torch-names.ts';
import type { Range } from './zip.ts';

interface Places {
  readonly path: string;
  readonly file: string;
  rangeOf(storageKey: string): Range | undefined;
}

/** A pickle may share or contain itself; no checkpoint has so many parts, or so deep. */
const mostParts = 1_000_000;
const deepest = 50;

/** A view may repeat numbers (`expand`); one that would fill more than this is no weight. */
const largestRepeated = 2 ** 30;

/** Tensors by name, and the plain values beside them as texts. */
export function flatten(value: unknown, places: Places): [Map<string, TensorEntry>, Record<string, string>] {
  const entries = new Map<string, TensorEntry>();
  const texts = new Map<string, string>();
  let parts = 0;
  const walk = (part: unknown, name: string, depth: number): void => {
    if (++parts > mostParts || depth > deepest)
      throw new CheckpointError(`${places.path}: is nested without end; save its state_dict() alone`);
    const below = (key: unknown, item: unknown) => walk(item, name === '' ? String(key) : `${name}.${key}`, depth + 1);
    if (part instanceof TorchTensor) {
      if (entries.has(name)) throw new CheckpointError(`${places.path}: two tensors are called '${name}'; rename one`);
      entries.set(name, place(name, part, places));
    } else if (part instanceof Map) {
      for (const [key, item] of part) if (isPlain(key)) below(key, item);
    } else if (Array.isArray(part)) {
      // Lists of plain values (betas, milestones) say nothing that a name could hold.
      part.forEach((item, i) => {
        if (!isPlain(item)) below(i, item);
      });
    } else if (part instanceof Inert) {
      if (part.state instanceof Map) walk(part.state, name, depth + 1);
    } else if (isPlain(part)) texts.set(name, String(part));
  };
  walk(value instanceof TorchTensor ? new Map([['tensor', value]]) : value, '', 0);
  return [entries, Object.fromEntries(texts)];
}

const isPlain = (value: unknown): boolean => ['string', 'number', 'bigint', 'boolean'].includes(typeof value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);

/** Checks that a view lies inside its storage, and its storage inside the file. */
function place(name: string, { storage, offset, shape, strides }: TorchTensor, places: Places): TensorEntry {
  const fault = (text: string) =>
    new CheckpointError(`${places.path}: tensor '${name}' ${text}; the file is damaged, get it again`);
  const { key, dtype, length, start } = (storage ?? {}) as Storage;
  if (dtype === undefined || !isCounts([offset, start, length])) throw fault('has no storage');
  if (!isCounts(shape) || !isCounts(strides) || shape.length !== strides.length) throw fault('has no valid shape');
  const range = places.rangeOf(key);
  const { bytes } = dtypes[dtype];
  if (!range || range.byteLength < (start + length) * bytes) throw fault(`needs storage ${key}, which is cut off`);
  const count = sizeOf(shape);
  const span = count === 0 ? 0 : shape.reduce((last, size, axis) => last + (size - 1) * strides[axis], 1);
  if (!((offset as number) + span <= length)) throw fault('leaves its storage');
  const placed = { name, dtype, shape, file: places.file, offset: range.offset + (start + (offset as number)) * bytes };
  if (isRowMajor(shape, strides)) return { ...placed, byteLength: count * bytes };
  if (count > span && count * bytes > largestRepeated) throw fault(`repeats numbers to ${count} values`);
  return { ...placed, byteLength: span * bytes, strides };
}

/** Axes of size one may have any step. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return sizeOf(shape) === 0;
    step *= shape[axis];
  }
  return true;
}
