/** Reads the traces that ONNX Runtime writes when a program is compiled with `profile`. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { OperatorTime } from './job.ts';

interface TraceEvent {
  cat: string;
  name: string;
  /** Microseconds. */
  dur: number;
  args?: { op_name?: string };
}

/** Sums the newest trace with this prefix by operator, longest first, for one of `runs` equal runs; removes the file. */
export function operatorTimes(prefix: string, runs: number): OperatorTime[] {
  const folder = dirname(prefix);
  const file = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(prefix)}_`))
    .sort()
    .at(-1);
  if (!file) throw new Error(`${prefix}: ONNX Runtime wrote no profile there`);
  const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as TraceEvent[];
  rmSync(join(folder, file));

  const sums = new Map<string, { calls: number; us: number }>();
  for (const { cat, name, dur, args } of events) {
    const operator = args?.op_name;
    if (cat !== 'Node' || !operator || !name.endsWith('_kernel_time')) continue;
    const sum = sums.get(operator) ?? { calls: 0, us: 0 };
    sums.set(operator, { calls: sum.calls + 1, us: sum.us + dur });
  }
  const all = [...sums.values()].reduce((total, { us }) => total + us, 0);
  return [...sums]
    .map(([operator, { calls, us }]) => ({ operator, calls: calls / runs, ms: us / 1000 / runs, share: us / all }))
    .sort((a, b) => b.ms - a.ms);
}
