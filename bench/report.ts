/** The table on a terminal, and bench/RESULTS.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperatorTime } from './job.ts';
import type { Machine } from './machine.ts';
import type { Line, Outcome, Spread } from './measure.ts';

export interface Results {
  machine: Machine;
  runs: number;
  threads: number;
  outcomes: ReadonlyMap<string, Outcome>;
  /** Cases that could not run, with the reason. */
  skipped: ReadonlyMap<string, string>;
}

const place = join(import.meta.dirname, 'RESULTS.md');
const longestProfile = 8;

/** A Markdown table of every line that was measured. */
export function table({ outcomes }: Pick<Results, 'outcomes'>): string {
  const lines = [...outcomes.values()].flatMap((outcome) => outcome.lines);
  const cells = lines.map((line) => [
    line.title,
    show(line, line.ours),
    line.peer ? show(line, line.peer) : '',
    line.ratio === undefined ? '' : `${line.ratio.toFixed(2)} ×`,
    aim(line),
  ]);
  return aligned([['', 'sightread', 'PyTorch', 'ratio', 'aim'], ...cells]);
}

/** One line of the table as it comes in, for whoever waits. */
export const progress = (line: Line): string =>
  `  ${line.title}: ${show(line, line.ours)}${line.peer ? `, PyTorch ${show(line, line.peer)}` : ''}`;

/** Median, and where the runs lie. */
function show({ value }: Line, { median, least, most }: Spread): string {
  const text = (x: number) => (value === 'mb' ? x.toFixed(0) : x >= 1000 ? (x / 1000).toFixed(2) : x.toFixed(1));
  const unit = value === 'mb' ? 'MiB' : median >= 1000 ? 's' : 'ms';
  const scale = (x: number) => (value === 'ms' && median >= 1000 && x < 1000 ? (x / 1000).toFixed(2) : text(x));
  return least === most ? `${text(median)} ${unit}` : `${text(median)} ${unit} (${scale(least)} to ${scale(most)})`;
}

function aim({ aim: ratio, limit, met }: Line): string {
  if (ratio === undefined && limit === undefined) return '';
  const wanted = ratio ? `≥ ${ratio} ×` : `≤ ${limit} ms`;
  return met === undefined ? wanted : `${wanted}: ${met ? 'met' : 'missed'}`;
}

function aligned([head, ...rows]: string[][]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i].length)));
  const line = (row: string[]) =>
    `| ${row.map((cell, i) => (i ? cell.padStart : cell.padEnd).call(cell, widths[i])).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

export function notes({ machine, outcomes, skipped }: Pick<Results, 'machine' | 'outcomes' | 'skipped'>): string[] {
  return [
    ...(machine.peer.present ? [] : [`PyTorch: skipped, ${machine.peer.reason}`]),
    ...[...skipped].map(([name, why]) => `${name}: skipped, ${why}`),
    ...[...outcomes.values()].flatMap((outcome) => outcome.notes),
  ];
}

export function profileTable(operators: readonly OperatorTime[]): string {
  const total = operators.reduce((sum, { ms }) => sum + ms, 0);
  const row = ({ operator, calls, ms, share }: OperatorTime) => [
    operator,
    calls.toFixed(calls % 1 ? 1 : 0),
    ms.toFixed(ms < 1 ? 3 : 1),
    `${(share * 100).toFixed(1)} %`,
  ];
  const others = operators.slice(longestProfile);
  const rest = (part: 'calls' | 'ms' | 'share') => others.reduce((sum, other) => sum + other[part], 0);
  const last = { operator: `${others.length} others`, calls: rest('calls'), ms: rest('ms'), share: rest('share') };
  const shown = [...operators.slice(0, longestProfile), ...(others.length ? [last] : [])];
  const head = ['operator', 'calls', `ms of ${total.toFixed(1)}`, 'share'];
  return aligned([head, ...shown.map(row)]);
}

/** Replaces the measured part of RESULTS.md; what people wrote under `## Reading` stays as it is. */
export function writeResults(results: Results): string {
  const { machine, runs, threads, outcomes } = results;
  const before = existsSync(place) ? readFileSync(place, 'utf8') : '';
  const reading = before.slice(before.indexOf('## Reading')) || '## Reading\n';
  const profiles = [...outcomes].flatMap(([name, { operators }]) =>
    operators ? [`### ${name}\n\n${profileTable(operators)}`] : [],
  );
  const remarks = notes(results).map((note) => `- ${note}`);
  const text = `# Benchmark

Measured on ${machine.date} on ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB of memory, ${machine.system}:
Node ${machine.node}, ONNX Runtime ${machine.onnxruntime}; ${machine.peer.present ? machine.peer.versions : 'PyTorch absent'}.
Both sides use ${threads} threads, float32 and the same random weights, and are checked to give the same results.

    npm run build && npx tsx bench/run.ts --runs ${runs} --write

Runs of each side: ${runs}, ours and theirs in turn, each in a process of its own that warms up and takes a median. Shown
is the median of the runs, and in brackets the least and the most. The ratio says how many times as fast, or as small,
ours is.

${table(results)}
${remarks.length ? `\n${remarks.join('\n')}\n` : ''}
## Where our time goes

By ONNX Runtime's own clock, for one run of the graph: one batch, one token of a caption, or one training step without
the optimiser.

${profiles.join('\n\n')}

${reading}`;
  writeFileSync(place, text);
  return place;
}
