/** Threads, from built code and from source alike. Node only, so no part of the index. */
import { Worker } from 'node:worker_threads';

/** The program `name` beside the file at `base` (its `import.meta.url`), as TypeScript or as JavaScript like that file. */
export const programBeside = (name: string, base: string): URL =>
  new URL(`./${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);

/** Starts a thread with a program: from source, it first learns to read TypeScript. */
export function startThread(program: URL, workerData?: unknown): Worker {
  if (!program.pathname.endsWith('.ts')) return new Worker(program, { workerData });
  const file = JSON.stringify(program.href);
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${file}); });`;
  return new Worker(code, { eval: true, workerData });
}
