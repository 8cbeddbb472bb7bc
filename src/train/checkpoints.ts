/**
 * Checkpoints of a run: folders `step-000001000`, each written beside its place and renamed when complete, so that a
 * process killed at any moment leaves whole checkpoints only.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint, readTensors, writeSafetensors } from '../checkpoint/index.ts';
import { CheckpointError, type NDArray } from '../core/index.ts';

/** What a run needs beside arrays to go on exactly. */
export interface RunState {
  /** Steps done. */
  step: number;
  /** Settings that must be the same for the run to go on. */
  settings: Record<string, unknown>;
  best?: { step: number; score: number };
  /** The step whose evaluation had not ended when this was saved; its checkpoint is kept until then. */
  unjudged?: number;
  /** Seconds of training so far, over all processes. */
  seconds: number;
}

/** What training changes, by kind (`weights`, `first`, …) and then by parameter: one safetensors file a kind. */
export type Arrays = Readonly<Record<string, ReadonlyMap<string, NDArray>>>;

const pattern = /^step-(\d+)$/;
const nameOf = (step: number) => `step-${String(step).padStart(9, '0')}`;
const temporary = '.writing-';
const fileOf = (place: string, kind: string) => join(place, `${kind}.safetensors`);

/** Steps that have a checkpoint, oldest first. */
export async function checkpointSteps(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

export const checkpointFolder = (folder: string, step: number): string => join(folder, nameOf(step));

/** Writes one checkpoint and returns its folder. */
export async function saveCheckpoint(folder: string, state: RunState, arrays: Arrays): Promise<string> {
  const place = checkpointFolder(folder, state.step);
  const draft = join(folder, `${temporary}${nameOf(state.step)}`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  for (const [kind, values] of Object.entries(arrays)) await writeSafetensors(fileOf(draft, kind), values);
  await writeFlushed(join(draft, 'state.json'), `${JSON.stringify(state, null, 2)}\n`);
  await rm(place, { recursive: true, force: true });
  await rename(draft, place);
  await flushFolder(folder);
  return place;
}

/** The newest checkpoint, or nothing when there is none. Drafts of a killed process are removed. */
export async function newestCheckpoint(folder: string): Promise<{ state: RunState; place: string } | undefined> {
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(temporary)) await rm(join(folder, name), { recursive: true, force: true });
  const step = (await checkpointSteps(folder)).at(-1);
  if (step === undefined) return undefined;
  const place = checkpointFolder(folder, step);
  const text = await readFile(join(place, 'state.json'), 'utf8').catch(() => {
    throw new CheckpointError(`${place}: has no state.json; delete this folder to go on from the checkpoint before`);
  });
  return { state: JSON.parse(text) as RunState, place };
}

/** Reads a checkpoint's numbers into the memory of `arrays`. */
export async function restoreArrays(place: string, arrays: Arrays): Promise<void> {
  for (const [kind, views] of Object.entries(arrays)) {
    const file = await openCheckpoint(fileOf(place, kind));
    for (const [path, { shape, data }] of views) {
      const saved = await file.read(path);
      if (`${saved.shape}` !== `${shape}`)
        throw new CheckpointError(
          `${file.path}: ${path} is [${saved.shape}], the model has [${shape}]; train it in another folder`,
        );
      (data as Float32Array).set(saved.data as Float32Array);
    }
  }
}

/** One kind of a checkpoint's arrays. */
export async function savedArrays(folder: string, step: number, kind: string): Promise<Map<string, NDArray>> {
  return readTensors(await openCheckpoint(fileOf(checkpointFolder(folder, step), kind)));
}

/** Deletes all checkpoints but the last `keep` and those of `others`. */
export async function pruneCheckpoints(
  folder: string,
  keep: number,
  others: readonly (number | undefined)[],
): Promise<void> {
  const steps = await checkpointSteps(folder);
  for (const step of steps.slice(0, -keep))
    if (!others.includes(step)) await rm(checkpointFolder(folder, step), { recursive: true, force: true });
}

async function writeFlushed(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes renames inside a folder survive a power cut. Windows cannot open folders and does not need to. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
