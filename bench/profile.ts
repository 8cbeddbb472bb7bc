/** Reads the traces that ONNX Runtime writes when a program is compiled with `profile`. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { median, type OperatorTime } from './job.ts';

interface TraceEvent {
  cat: string;
  name: string;
  /** Microseconds. */
  dur: number;
  args?: { op_name?: string };
}

/**
 * Times by operator in one of `runs` equal runs, longest first, from the newest trace with this prefix, which is removed.
 * Each node counts with its median: other work on the machine makes single calls a hundred times longer.
 */
export function operatorTimes(prefix: string, runs: number): OperatorTime[] {
  const folder = dirname(prefix);
  const file = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(prefix)}_`))
    .sort()
    .at(-1);
  if (!file) throw new Error(`${prefix}: ONNX Runtime wrote no profile there`);
  const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as TraceEvent[];
  rmSync(join(folder, file));

  const nodes = new Map<string, { operator: string; durations: number[] }>();
  for (const { cat, name, dur, args } of events) {
    const operator = args?.op_name;
    if (cat !== 'Node' || !operator || !name.endsWith('_kernel_time')) continue;
    const node = nodes.get(name) ?? { operator, durations: [] };
    node.durations.push(dur);
    nodes.set(name, node);
  }
  const sums = new Map<string, { calls: number; ms: number }>();
  for (const { operator, durations } of nodes.values()) {
    const { calls, ms } = sums.get(operator) ?? { calls: 0, ms: 0 };
    const own = durations.length / runs;
    sums.set(operator, { calls: calls + own, ms: ms + (own * median(durations)) / 1000 });
  }
  const all = [...sums.values()].reduce((total, { ms }) => total + ms, 0);
  return [...sums]
    .map(([operator, { calls, ms }]) => ({ operator, calls, ms, share: ms / all }))
    .sort((a, b) => b.ms - a.ms);
}
