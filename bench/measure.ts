/** Runs a case: ours, theirs, ours, theirs, each in a fresh process, so that a slow minute of the machine hits both. */
import type { Case, Row } from './cases.ts';
import { median, type OperatorTime, type Sample } from './job.ts';

export interface Line extends Row {
  name: string;
  ours: Spread;
  peer?: Spread;
  /** Theirs over ours: how many times as fast or as small ours is. */
  ratio?: number;
  /** Whether the aim or the limit is met; undefined where there is neither, or nobody to compare with. */
  met?: boolean;
}

export interface Spread {
  median: number;
  least: number;
  most: number;
}

export interface Outcome {
  lines: Line[];
  /** What is odd about the comparison, such as results that differ. */
  notes: string[];
  operators?: OperatorTime[];
}

export interface MeasureOptions {
  runs: number;
  threads: number;
  peer: boolean;
  profile: boolean;
}

export async function measure(test: Case, { runs, threads, peer, profile }: MeasureOptions): Promise<Outcome> {
  const ours: Sample[] = [];
  const theirs: Sample[] = [];
  for (let i = 0; i < runs; i++) {
    ours.push(await test.ours(threads));
    if (peer && test.peer) theirs.push(await test.peer(threads));
  }
  return {
    lines: test.rows.map((row) => lineOf(test.name, row, ours, theirs)),
    notes: theirs.length ? differences(test.name, ours[0].proof, theirs[0].proof) : [],
    operators: profile ? (await test.profile?.(threads))?.operators : undefined,
  };
}

function lineOf(name: string, row: Row, ours: readonly Sample[], theirs: readonly Sample[]): Line {
  const own = spreadOf(ours, row);
  if (theirs.length === 0) return { name, ...row, ours: own, met: row.limit ? own.median <= row.limit : undefined };
  const peer = spreadOf(theirs, row);
  const ratio = peer.median / own.median;
  return { name, ...row, ours: own, peer, ratio, met: row.aim ? ratio >= row.aim : undefined };
}

function spreadOf(samples: readonly Sample[], { value }: Row): Spread {
  const values = samples.map((sample) => sample.values[value]);
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** Times of different work mean nothing: numbers must agree to a thousandth, ids and words exactly. */
function differences(name: string, ours: Sample['proof'], theirs: Sample['proof']): string[] {
  const agrees = (a: number | string, b: number | string) =>
    typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 1e-3 * Math.max(1, Math.abs(b)) : a === b;
  const at = ours.findIndex((value, i) => !agrees(value, theirs[i]));
  if (at < 0 && ours.length === theirs.length) return [];
  return [`${name}: the results differ (value ${at} of ${ours.length}: ${ours[at]} here, ${theirs[at]} there)`];
}
