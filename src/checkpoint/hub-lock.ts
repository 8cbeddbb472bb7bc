/**
 * One process at a time downloads a file; others wait and find it done. A lock is a file that names its owner, and is
 * touched while held, so that the lock of a killed process does not hold for ever. When two processes take the same dead
 * lock in the same instant, both download; the check of the finished file keeps the cache right.
 */
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const touchEvery = 5_000;
const deadAfter = 30_000;
const lookEvery = 200;

/** Runs `work` while holding the lock. */
export async function withLock<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  while (!(await take(path))) {
    if (await isDead(path)) await rm(path, { force: true });
    else await wait(lookEvery, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
  const touch = setInterval(() => {
    const now = new Date();
    // A lock that somebody deleted is no reason to stop the download.
    utimes(path, now, now).catch(() => undefined);
  }, touchEvery);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(`${process.pid} ${hostname()}`);
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isDead(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > deadAfter) return true;
    const [pid, host] = (await readFile(path, 'utf8')).split(' ');
    return host === hostname() && !isAlive(Number(pid));
  } catch {
    // Released in the meantime: the next try to take it will tell.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else exists too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
