/** The tables on a terminal, and bench/RESULTS.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OperatorTime, packed, type Side, sides } from './job.ts';
import type { Machine } from './machine.ts';
import type { Line, Outcome, Spread } from './measure.ts';

export interface Results {
  machine: Machine;
  threads: number;
  /** In the order of the table. */
  outcomes: ReadonlyMap<string, Outcome>;
  /** Cases that are not in the table, with the reason. */
  skipped: ReadonlyMap<string, string>;
  /** Further remarks. */
  remarks: readonly string[];
}

const place = join(import.meta.dirname, 'RESULTS.md');
const longestProfile = 8;

/** A Markdown table of our fp32 beside PyTorch as it comes, with the spread of their runs. */
export function table({ outcomes }: Pick<Results, 'outcomes'>): string {
  const cells = linesOf(outcomes)
    .filter(({ spreads }) => spreads.fp32)
    .map((line) => [
      line.title,
      ...(['fp32', 'eager'] as const).map((side) => spread(line, line.spreads[side])),
      times(line.ratios.fp32),
      verdicts(line, ['fp32']),
    ]);
  return aligned([['', sides.fp32, sides.eager, 'ratio', 'aim'], ...cells]);
}

/** A Markdown table of all precisions: medians, and how many times as fast or as small as PyTorch as it comes. */
export function precisionTable({ outcomes }: Pick<Results, 'outcomes'>): string {
  const lines = linesOf(outcomes).filter(({ spreads }) => packed.some((side) => spreads[side]));
  if (lines.length === 0) return '';
  const columns = Object.keys(sides) as Side[];
  const cell = (line: Line, side: Side) => {
    const { [side]: own } = line.spreads;
    const ratio = times(line.ratios[side]);
    return own ? `${middle(line, own)}${ratio && ` (${ratio})`}` : '';
  };
  const cells = lines.map((line) => [
    line.title,
    ...columns.map((side) => cell(line, side)),
    verdicts(line, ['q8', 'q4']),
  ]);
  return aligned([['', ...columns.map((side) => sides[side]), 'aim'], ...cells]);
}

const linesOf = (outcomes: Results['outcomes']): Line[] => [...outcomes.values()].flatMap(({ lines }) => lines);

/** One line of the table as it comes in, for whoever waits. */
export function progress(line: Line): string {
  const shown = (Object.keys(sides) as Side[]).flatMap((side) => {
    const { [side]: own } = line.spreads;
    return own ? [`${sides[side]} ${middle(line, own)}`] : [];
  });
  return `  ${line.title}: ${shown.join(', ')}`;
}

const times = (ratio: number | undefined): string => (ratio === undefined ? '' : `${ratio.toFixed(2)} ×`);

/** Milliseconds above a thousand are shown in seconds. */
function shown({ unit }: Pick<Line, 'unit'>, median: number): { unit: string; text: (value: number) => string } {
  if (unit === 'ms' && median >= 1000) return { unit: 's', text: (value) => (value / 1000).toFixed(2) };
  const digits = unit === 'MiB' ? 0 : unit === 'pictures/s' && median < 10 ? 2 : 1;
  return { unit, text: (value) => value.toFixed(digits) };
}

function middle(line: Line, { median }: Spread): string {
  const { unit, text } = shown(line, median);
  return `${text(median)} ${unit}`;
}

/** Median, and where the runs lie. */
function spread(line: Line, own: Spread | undefined): string {
  if (!own) return '';
  const { text } = shown(line, own.median);
  const { least, most } = own;
  return least === most ? middle(line, own) : `${middle(line, own)} (${text(least)} to ${text(most)})`;
}

/** What these sides were to reach, and whether they did. */
function verdicts(line: Line, some: readonly Side[]): string {
  const { unit, aims = {}, atMost, atLeast } = line;
  const verdict = (aim: string, met: boolean | undefined) =>
    met === undefined ? aim : `${aim}: ${met ? 'met' : 'missed'}`;
  const all = some.flatMap((side) => {
    const { [side]: aim } = aims;
    if (aim === undefined) return [];
    const { [side]: ratio } = line.ratios;
    const name = side === 'fp32' ? '' : `${side} `;
    return [verdict(`${name}≥ ${Number(aim.toFixed(2))} ×`, ratio === undefined ? undefined : ratio >= aim)];
  });
  if (some.includes('fp32')) {
    const own = line.spreads.fp32?.median;
    if (atMost !== undefined) all.push(verdict(`≤ ${atMost} ${unit}`, own === undefined ? own : own <= atMost));
    if (atLeast !== undefined) all.push(verdict(`≥ ${atLeast} ${unit}`, own === undefined ? own : own >= atLeast));
  }
  return all.join('; ');
}

function aligned([head, ...rows]: string[][]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i].length)));
  const line = (row: string[]) =>
    `| ${row.map((cell, i) => (i ? cell.padStart : cell.padEnd).call(cell, widths[i])).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

export function notes({ machine, outcomes, skipped, remarks }: Omit<Results, 'threads'>): string[] {
  return [
    ...(machine.peer.present ? [] : [`PyTorch: skipped, ${machine.peer.reason}`]),
    ...[...skipped].map(([name, why]) => `${name}: skipped, ${why}`),
    ...[...outcomes.values()].flatMap((outcome) => outcome.notes),
    ...remarks,
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
export function writeResults(results: Results, command: string): string {
  const { machine, threads, outcomes } = results;
  const before = existsSync(place) ? readFileSync(place, 'utf8') : '';
  const reading = before.slice(before.indexOf('## Reading')) || '## Reading\n';
  const profiles = [...outcomes].flatMap(([name, { operators }]) =>
    operators ? [`### ${name}\n\n${profileTable(operators)}`] : [],
  );
  const remarks = notes(results).map((note) => `- ${note}`);
  const text = `# Benchmark

Measured on ${machine.date} on ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB of memory, ${machine.system}:
Node ${machine.node}, ONNX Runtime ${machine.onnxruntime}; ${machine.peer.present ? machine.peer.versions : 'PyTorch absent'}.

    ${command}

All sides use ${threads} threads and the same random weights (the default captioner has its own), and work in turn, each
time in a process of its own that warms up and takes a median. Where something needs long it is run fewer times.

## Beside PyTorch

Both in float32, and checked to give the same results. Shown is the median of the runs, and in brackets the least and
the most. The ratio says how many times as fast, or as small, ours is.

The other side is what a user of transformers gets from \`from_pretrained\` and \`generate\`, except where it would not be
fair or is not there: a match sees its picture once on both sides, not once a text as \`BlipForImageTextRetrieval\` does;
UNITER is transformers' BERT with the few layers around it, and its detector is a ResNet-101 of transformers with PyTorch's
operators, of the same sizes and fresh weights (\`peer/uniter.py\`, \`peer/from_file.py\`).

${table(results)}
${remarks.length ? `\n${remarks.join('\n')}\n` : ''}
## Precision

Medians; in brackets how many times as fast, or as small, as PyTorch as it comes. *PyTorch int8* is
\`torch.ao.quantization.quantize_dynamic\` over its linear layers, quantised at every start; *PyTorch compiled* has its
picture tower through \`torch.compile\`, compiled before it is timed. Ours packs a file once; what is timed finds it packed.

${precisionTable(results)}

## Where our time goes

By ONNX Runtime's own clock, for one run of the graph: one batch, one token of a caption, or one training step without
the optimiser.

${profiles.join('\n\n')}

${reading}`;
  writeFileSync(place, text);
  return place;
}
