/** Runs one side of one case in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job, Sample } from './job.ts';
import { python } from './machine.ts';
import { places } from './models.ts';

const here = import.meta.dirname;

/** A side's process for work inside it: takes the job as its argument, answers with one JSON line. */
export async function askOurs(worker: string, job: Job): Promise<Sample> {
  const program = join(here, 'ours', `${worker}.ts`);
  return JSON.parse((await watch(process.execPath, ['--import', 'tsx', program, JSON.stringify(job)], job)).stdout);
}

export async function askPeer(worker: string, job: Job): Promise<Sample> {
  const program = join(here, 'peer', `${worker}.py`);
  return JSON.parse((await watch(python, [program, JSON.stringify(job)], job)).stdout);
}

/**
 * Our command line, built, on one picture or several. Values: `ms` from the start of the process to its first line, `mb`
 * at its peak, and the `rate` a second of the pictures after the first eight, which are one batch.
 */
export const captionOurs = (command: string, options: readonly string[], job: Pick<Job, 'threads'>): Promise<Sample> =>
  cold(process.execPath, ['--import', join(here, 'ours', 'peak.mjs'), command, 'caption', ...options], job);

export const captionPeer = (options: readonly string[], job: Pick<Job, 'threads'>): Promise<Sample> =>
  cold(python, [join(here, 'peer', 'cold.py'), ...options], job);

const batch = 8;

async function cold(file: string, args: readonly string[], job: Pick<Job, 'threads'>): Promise<Sample> {
  const peak = join(tmpdir(), `sightread-bench-${process.pid}`);
  try {
    const { stdout, firstLine, lastLine } = await watch(file, args, job, { BENCH_PEAK: peak });
    const lines = stdout.trim().split('\n');
    const mb = Number(readFileSync(peak, 'utf8')) / 1024;
    const rate = (lines.length - batch) / ((lastLine - firstLine) / 1000);
    return { values: { ms: firstLine, mb, rate }, proof: [lines.length, ...(lines.length > 1 ? [] : lines)] };
  } finally {
    rmSync(peak, { force: true });
  }
}

/** Waits for a process; gives its output, and the milliseconds until its first line and its last words were there. */
async function watch(
  file: string,
  args: readonly string[],
  { threads }: Pick<Job, 'threads'>,
  extra: Record<string, string> = {},
): Promise<{ stdout: string; firstLine: number; lastLine: number }> {
  // Nothing may reach for the network, and the other side's thread pools read their size from here.
  const env = {
    ...process.env,
    ...{ HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: String(threads) },
    ...{ HF_HOME: places.hub, TORCHINDUCTOR_CACHE_DIR: places.kernels },
    ...extra,
  };
  const start = performance.now();
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let [firstLine, lastLine] = [Number.NaN, Number.NaN];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
    lastLine = performance.now() - start;
    if (Number.isNaN(firstLine) && stdout.includes('\n')) firstLine = lastLine;
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
  const code = await ended(child);
  if (code !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${code}:\n${stderr.trim()}`);
  return { stdout, firstLine, lastLine };
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
