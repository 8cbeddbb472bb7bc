/** What a model's files hold and what it costs to run, without running it. */
import { CheckpointError, type DType, dtypes, reason, sizeOf } from '../core/index.ts';
import type { ModelFiles } from './files.ts';
import { loadFiles } from './load.ts';
import type { Task } from './model.ts';
import type { Work } from './work.ts';

export interface StoredTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export interface Inspection {
  id: string;
  /** `model_type`; of an original repository's file, the family that its tensors show. */
  family: string | undefined;
  /** The weight files. */
  files: string[];
  /** As the file names them. */
  tensors: StoredTensor[];
  /** Floating-point numbers, those that two names share counted once. */
  parameters: number;
  /** Bytes of all tensors in the file. */
  bytes: number;
  /** Numbers by dtype. */
  dtypes: Partial<Record<DType, number>>;
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
  const distinct = [...new Map(entries.map((entry) => [`${entry.file}:${entry.offset}`, entry])).values()];
  const counts: Inspection['dtypes'] = {};
  for (const { dtype, shape } of distinct) counts[dtype] = (counts[dtype] ?? 0) + sizeOf(shape);
  const served = await serve(files);
  return {
    id,
    family: config ? String(config.model_type) : served.family,
    files: [...new Set(entries.map(({ file }) => file))],
    tensors: entries.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    parameters: distinct.reduce((sum, { dtype, shape }) => sum + (/float/.test(dtype) ? sizeOf(shape) : 0), 0),
    bytes: distinct.reduce((sum, { dtype, shape }) => sum + sizeOf(shape) * dtypes[dtype].bytes, 0),
    dtypes: counts,
    tasks: served.tasks,
    ...(served.refused && { refused: served.refused }),
    work: served.work,
  };
}

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
