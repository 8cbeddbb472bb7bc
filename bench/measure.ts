/** Runs a case: each side in turn and all of them again, each in a fresh process, so that a slow minute hits all. */
import type { Case, Row } from './case.ts';
import { median, type OperatorTime, peers, type Sample, type Side, sides } from './job.ts';

export interface Line extends Row {
  name: string;
  spreads: Partial<Record<Side, Spread>>;
  /** How many times as fast or as small each side is as PyTorch as it comes. */
  ratios: Partial<Record<Side, number>>;
}

export interface Spread {
  median: number;
  least: number;
  most: number;
}

export interface Outcome {
  lines: Line[];
  /** What is odd about the comparison, such as results that differ, or a side that failed. */
  notes: string[];
  operators?: OperatorTime[];
}

export interface MeasureOptions {
  runs: number;
  threads: number;
  /** Whether PyTorch is there. */
  peer: boolean;
  profile: boolean;
  /** The sides that are wanted. */
  only?: readonly Side[];
}

/** Both compute in float32, so their results must agree. */
const exact = ['fp32', 'eager'] as const;

export async function measure(test: Case, options: MeasureOptions): Promise<Outcome> {
  const { runs, threads, peer, profile, only } = options;
  const samples: Partial<Record<Side, Sample[]>> = {};
  const faults = new Map<Side, string>();
  const wanted = (Object.keys(test.sides) as Side[]).filter(
    (side) => (peer || !peers.includes(side)) && (only?.includes(side) ?? true),
  );
  for (let run = 0; run < runs; run++)
    for (const side of wanted) {
      if (run >= (test.most?.[side] ?? runs) || faults.has(side)) continue;
      try {
        const sample = await test.sides[side]!(threads);
        (samples[side] ??= []).push(sample);
      } catch (error) {
        // A table without one column is worth more than no table.
        faults.set(side, faultOf(error));
      }
    }
  const operators = profile
    ? (samples.fp32?.[0].operators ?? (await test.profile?.(threads).catch(() => undefined))?.operators)
    : undefined;
  return {
    lines: test.rows.map((row) => lineOf(test.name, row, samples)),
    notes: [
      ...[...faults].map(([side, fault]) => `${test.name}, ${sides[side]}: failed, ${fault}`),
      ...differences(test.name, ...exact.map((side) => samples[side]?.[0].proof)),
    ],
    operators,
  };
}

/** Of all that a process said when it failed, the line that names the error. */
function faultOf(error: unknown): string {
  const lines = String((error as Error).message ?? error)
    .trim()
    .split('\n');
  return (lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1)!).trim();
}

/** Units of which more is better. */
const rates: readonly string[] = ['pictures/s', 'GFLOP/s', '%'];

function lineOf(name: string, row: Row, samples: Partial<Record<Side, Sample[]>>): Line {
  const spreads: Line['spreads'] = {};
  for (const [side, some] of Object.entries(samples)) spreads[side as Side] = spreadOf(some, row);
  const { eager } = spreads;
  const ratios: Line['ratios'] = {};
  if (eager)
    for (const [side, { median: own }] of Object.entries(spreads))
      if (side !== 'eager') ratios[side as Side] = rates.includes(row.unit) ? own / eager.median : eager.median / own;
  return { name, ...row, spreads, ratios };
}

function spreadOf(samples: readonly Sample[], { value }: Row): Spread {
  const values = samples.map((sample) => sample.values[value]);
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** Times of different work mean nothing: numbers must agree to a thousandth, ids and words exactly. */
function differences(name: string, ours?: Sample['proof'], theirs?: Sample['proof']): string[] {
  if (!ours || !theirs) return [];
  const agrees = (a: number | string, b: number | string) =>
    typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 1e-3 * Math.max(1, Math.abs(b)) : a === b;
  const at = ours.findIndex((value, i) => !agrees(value, theirs[i]));
  if (at < 0 && ours.length === theirs.length) return [];
  return [`${name}: the results differ (value ${at} of ${ours.length}: ${ours[at]} here, ${theirs[at]} there)`];
}
