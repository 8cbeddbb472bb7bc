/** Running a model in another precision than its file's, and writing a folder that holds it so. */
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  cachedPlace,
  openCheckpoint,
  type Reduce,
  type ReduceOptions,
  writeReduced,
  writtenFor,
} from '../checkpoint/index.ts';
import { reason, UsageError } from '../core/index.ts';
import { automatic, checkPrecision, type Precision, planOf, productNumbers } from '../precision/index.ts';
import type { ModelFiles } from './files.ts';

export interface ReducedOptions extends ReduceOptions {
  /** `fp32`, `fp16`, `q8`, `q4` or `auto`; docs/performance.md says what each does. Default: as the file is. */
  dtype?: string;
  device?: string;
  onWarning?: (message: string) => void;
}

/** Where the reduced file goes, once it is known what changes; undefined where it is there already. */
type Place = (reduction: Parameters<typeof cachedPlace>[1]) => Promise<{ file: string; ready: boolean }>;

/**
 * The same files, to be bound in the precision that is asked for; the reduced copy comes from the cache or goes into it.
 * @throws UsageError for a dtype that is unknown, that the device lacks, or that an already quantised file cannot give
 */
export function inPrecision(files: ModelFiles, options: ReducedOptions): ModelFiles {
  const { dtype, device } = options;
  if (dtype === undefined) return files;
  const choice = checkPrecision(dtype, device);
  const has = writtenFor(files.checkpoint);
  if (has !== undefined && (choice === has || choice === 'auto')) return files;
  return reducing(files, choice, (reduction) => cachedPlace(files.checkpoint, reduction, process.env), options);
}

function reducing(files: ModelFiles, choice: string, place: Place, options: ReducedOptions): ModelFiles {
  const { id, checkpoint } = files;
  const has = writtenFor(checkpoint);
  if (has !== undefined)
    throw new UsageError(`${id} is already quantised to ${has}; leave dtype out, or name the original model`);
  const reduce: Reduce = async (parameters, held) => {
    const numbers = productNumbers(parameters);
    const precision = choice === 'auto' ? automatic(numbers, options.device) : (choice as Precision);
    const plan = planOf(parameters, precision);
    // What the file holds in half already needs no copy.
    for (const [path, { kind }] of plan)
      if (kind === 'half' && held.get(path)?.entry.dtype !== 'float32') plan.delete(path);
    if (plan.size === 0) {
      if (choice === 'q8' || choice === 'q4')
        options.onWarning?.(`${id} has no product large enough for ${precision}; it runs in fp32`);
      return checkpoint;
    }
    const { file, ready } = await place({ dtype: precision, plan });
    if (!ready) await writeReduced(file, checkpoint, { dtype: precision, plan, held }, options);
    return openCheckpoint(file);
  };
  return { ...files, checkpoint: { ...checkpoint, reduce } };
}

/** Weights in any form; they are not copied beside the reduced ones. */
const weights = /\.(?:safetensors|bin|pth?|ckpt|h5|msgpack|onnx|gguf)(?:\.index\.json)?$/;

/**
 * Writes a folder that `load` opens: the reduced weights, and whatever else lies beside the given ones. The folder comes
 * into being whole or not at all.
 * @param open loads the model from given files, and so finds out what its parameters are
 * @throws UsageError when the folder exists and is not empty, or when no product is large enough
 */
export async function writeQuantised(
  files: ModelFiles,
  out: string,
  options: ReducedOptions & { dtype: Precision },
  open: (files: ModelFiles) => Promise<AsyncDisposable>,
): Promise<void> {
  const { dtype, device } = options;
  checkPrecision(dtype, device);
  const folder = resolve(out);
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(`${out}: is no folder (${reason(error)}); choose another name`);
  });
  if (there.length > 0) throw new UsageError(`${out}: is not empty; choose another folder`);
  await mkdir(dirname(folder), { recursive: true });
  const draft = `${folder}.${randomUUID()}.draft`;
  await mkdir(draft);
  try {
    let written = false;
    const place: Place = async () => {
      written = true;
      return { file: join(draft, 'model.safetensors'), ready: false };
    };
    await (await open(reducing(files, dtype, place, { ...options, onWarning: undefined })))[Symbol.asyncDispose]();
    if (!written)
      throw new UsageError(`${files.id}: nothing in it is large enough to change in ${dtype}; use it as it is`);
    for (const entry of await readdir(files.folder, { withFileTypes: true }))
      if (!entry.isDirectory() && !weights.test(entry.name))
        await copyFile(join(files.folder, entry.name), join(draft, entry.name));
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}
