/** Golden folders: finding the cases in them, and running each against what its reference gave. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { reason, UsageError } from '../core/index.ts';
import { originalReference, referenceClass } from '../models/index.ts';
import type { Check } from './comparison.ts';
import { readJson } from './reference-case.ts';

export type { Check } from './comparison.ts';

export interface Verdict {
  /** Name of the folder. */
  name: string;
  folder: string;
  status: 'passed' | 'failed' | 'skipped';
  /** Empty where the case was skipped or could not be run. */
  checks: Check[];
  /** Why it was skipped, or could not be run. */
  note?: string;
}

/** The folders of cases in `folder`, at any depth; the folder itself where it is a case. */
export function findCases(folder: string): string[] {
  const names = list(folder);
  if (names.includes('golden.json') || isImages(names)) return [folder];
  return names
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(folder, name))
    .flatMap((path) => (isFolder(path) ? findCases(path) : []));
}

/** Runs one case. A case that cannot be run has failed; one of a family that is not here is skipped. */
export async function verifyCase(folder: string, signal?: AbortSignal): Promise<Verdict> {
  const name = basename(folder);
  try {
    const checks = await checksOf(folder);
    signal?.throwIfAborted();
    if (typeof checks === 'string') return { name, folder, status: 'skipped', checks: [], note: checks };
    return { name, folder, status: checks.every(({ pass }) => pass) ? 'passed' : 'failed', checks };
  } catch (error) {
    signal?.throwIfAborted();
    return { name, folder, status: 'failed', checks: [], note: reason(error) };
  }
}

/** What was checked, or why nothing could be. */
async function checksOf(folder: string): Promise<Check[] | string> {
  const names = list(folder);
  if (isImages(names)) return (await import('./image-case.ts')).verifyImages(folder);
  const golden = readJson<{ class?: string; cases?: unknown }>(join(folder, 'golden.json'));
  if (golden.cases) return (await import('./tokenizer-case.ts')).verifyTokenizer(folder, names);
  if (golden.class) {
    if (await referenceClass(golden.class)) return (await import('./model-case.ts')).verifyModel(folder);
    return `no class ${golden.class} here yet`;
  }
  const family = basename(folder).split('-')[0];
  if (await originalReference(family)) return (await import('./original-case.ts')).verifyOriginal(folder);
  return `no original ${family} here yet`;
}

const isImages = (names: readonly string[]) => names.includes('index.json') && names.includes('expected.safetensors');
const isFolder = (path: string) => statSync(path).isDirectory();

function list(folder: string): string[] {
  if (!existsSync(folder)) throw new UsageError(`${folder}: no such folder; check the path`);
  if (!isFolder(folder))
    throw new UsageError(`${folder}: is a file; give the folder of a case, or one that holds cases`);
  return readdirSync(folder).sort();
}
