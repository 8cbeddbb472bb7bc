/**
 * Checkpoints of a run: folders `step-000001000`, each written beside its place and renamed when complete, so that a
 * process killed at any moment leaves whole checkpoints only.
 */
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NDArray } from '../core/index.ts';
import { readArrays, writeArrays } from './archive.ts';

/** What a run needs beside arrays to go on exactly. */
export interface RunState {
  /** Steps done. */
  step: number;
  /** Settings that must be the same for the run to go on. */
  settings: Record<string, unknown>;
  best?: { step: number; score: number };
  /** Seconds of training so far, over all processes. */
  seconds: number;
}

export interface Checkpoint {
  state: RunState;
  arrays: Record<string, ReadonlyMap<string, NDArray>>;
}

const pattern = /^step-(\d+)$/;
const nameOf = (step: number) => `step-${String(step).padStart(9, '0')}`;
const temporary = '.writing-';

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
export async function saveCheckpoint(folder: string, { state, arrays }: Checkpoint): Promise<string> {
  const place = checkpointFolder(folder, state.step);
  const draft = join(folder, `${temporary}${nameOf(state.step)}`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  for (const [name, values] of Object.entries(arrays)) await writeArrays(join(draft, `${name}.safetensors`), values);
  await writeFile(join(draft, 'state.json'), `${JSON.stringify(state, null, 2)}\n`, { flush: true } as object);
  await rm(place, { recursive: true, force: true });
  await rename(draft, place);
  await flushFolder(folder);
  return place;
}

/** Reads the newest checkpoint, or nothing when there is none. Drafts of a killed process are removed. */
export async function newestCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(temporary)) await rm(join(folder, name), { recursive: true, force: true });
  const step = (await checkpointSteps(folder)).at(-1);
  if (step === undefined) return undefined;
  const place = checkpointFolder(folder, step);
  const state = JSON.parse(await readFile(join(place, 'state.json'), 'utf8')) as RunState;
  const arrays: Checkpoint['arrays'] = {};
  for (const file of await readdir(place))
    if (file.endsWith('.safetensors'))
      arrays[file.slice(0, -'.safetensors'.length)] = await readArrays(join(place, file));
  return { state, arrays };
}

/** Deletes all checkpoints but the last `keep` and the one of step `best`. */
export async function pruneCheckpoints(folder: string, keep: number, best?: number): Promise<void> {
  const steps = await checkpointSteps(folder);
  for (const step of steps.slice(0, -keep))
    if (step !== best) await rm(checkpointFolder(folder, step), { recursive: true, force: true });
}

/** Makes renames inside a folder survive a power cut. Windows cannot open folders and does not need to. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
