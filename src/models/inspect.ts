/** What a model's files hold and what it costs to run, without running it. */
import { type TensorEntry, writtenFor } from '../checkpoint/index.ts';
import { CheckpointError, type DType, type Packing, reason, sizeOf } from '../core/index.ts';
import type { ModelFiles } from './files.ts';
import { loadFiles } from './load.ts';
import type { Task } from './model.ts';
import type { Work } from './work.ts';

/** How numbers are stored: one by one, or packed for products in 4 or 8 bits each, with scales. */
export type StoredAs = DType | 'q4' | 'q8';

export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredAs;
  /** Of the numbers that are meant, however they are packed. */
  readonly shape: readonly number[];
  /** Where the numbers are packed, or stand there a second time packed. */
  readonly packing?: Packing;
  /** In the file, scales and second copies included. */
  readonly bytes: number;
}

export interface Inspection {
  id: string;
  /** `model_type`; of an original repository's file, the family that its tensors show. */
  family: string | undefined;
  /** The weight files. */
  files: string[];
  /** What `quantize` wrote it for; absent in files that others wrote. */
  quantised?: string;
  /** As the file names them. */
  tensors: StoredTensor[];
  /** Floating-point and packed numbers, those that two names share counted once. */
  parameters: number;
  /** Bytes of all tensors in the file. */
  bytes: number;
  /** Numbers by dtype. */
  dtypes: Partial<Record<StoredAs, number>>;
  /** What `load` makes of it. */
  tasks: readonly Task[];
  /** Why it cannot be loaded. */
  refused?: string;
  work: Work | undefined;
}

/**
 * Reads what describes the tensors, and sees which tasks they serve by binding them to their family; nothing is compiled.
 * A file that cannot be loaded is described all the same.
 */
export async function inspectModel(files: ModelFiles): Promise<Inspection> {
  const { id, config, checkpoint } = files;
  const entries = [...checkpoint.entries.values()];
  const distinct = [...new Map(entries.map((entry) => [`${entry.file}:${entry.offset}`, entry])).values()].map(stored);
  const counts: Inspection['dtypes'] = {};
  for (const { dtype, shape } of distinct) counts[dtype] = (counts[dtype] ?? 0) + sizeOf(shape);
  const numbers = Object.entries(counts).filter(([dtype]) => /float|^q/.test(dtype));
  const quantised = writtenFor(checkpoint);
  const served = await serve(files);
  return {
    id,
    family: config ? String(config.model_type) : served.family,
    files: [...new Set(entries.map(({ file }) => file))],
    ...(quantised && { quantised }),
    tensors: entries.map(stored),
    parameters: numbers.reduce((sum, [, count]) => sum + count, 0),
    bytes: distinct.reduce((sum, { bytes }) => sum + bytes, 0),
    dtypes: counts,
    tasks: served.tasks,
    ...(served.refused && { refused: served.refused }),
    work: served.work,
  };
}

function stored({ name, dtype, shape, byteLength, packed }: TensorEntry): StoredTensor {
  if (!packed) return { name, dtype, shape, bytes: byteLength };
  const { packing, only, values, scales } = packed;
  const bytes = values.byteLength + scales.byteLength;
  if (!only) return { name, dtype, shape, packing, bytes: byteLength + bytes };
  return { name, dtype: packedAs(packing), shape, packing, bytes };
}

/** What a packing makes of each number. */
export const packedAs = (packing: Packing): 'q4' | 'q8' => (packing === 'blocks4' ? 'q4' : 'q8');

interface Served extends Pick<Inspection, 'family' | 'tasks' | 'refused' | 'work'> {}

async function serve(files: ModelFiles): Promise<Served> {
  try {
    await using model = await loadFiles(files);
    return { family: model.family, tasks: model.tasks, work: model.work?.() };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return { family: undefined, tasks: [], refused: reason(error), work: undefined };
  }
}
