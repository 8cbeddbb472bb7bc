/** `sightread bench`: what a model costs on this machine. */
import { cpus } from 'node:os';
import { UsageError } from '../../core/errors.ts';
import type { ImageSource } from '../../image/index.ts';
import { type Bench, type BenchStage, bench as measureModel, type Spread } from '../../models/bench/index.ts';
import { defaultModel } from '../../models/load.ts';
import type { BenchFlags } from '../commands/bench.ts';
import { loading, pickRuntime } from '../model.ts';
import { compact, measure, rounded } from '../numbers.ts';
import { findPictures } from '../pictures.ts';
import { bar, share } from '../progress.ts';
import { samplePicture } from '../sample-picture.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

export async function bench(flags: BenchFlags, session: Session): Promise<void> {
  const { model = defaultModel, task, text, batch, runs, json } = flags;
  const image = await pictureOf(flags, session);
  const line = bar(session);
  const onRun = (done: number) => line.show(`${share(done, runs)}  ${done} of ${runs} calls`);
  const result = await loading(session, (options) =>
    measureModel(model, { ...pickRuntime(flags), ...options, image, task, text, batch, runs, onRun }),
  ).finally(() => line.clear());
  const [{ model: processor }] = cpus();
  const machine = { processor: processor.trim(), cores: cpus().length };
  if (json) session.stdout.write(`${JSON.stringify({ ...result, machine }, undefined, 2)}\n`);
  else session.stdout.write(`${lines(result, machine).join('\n')}\n`);
}

async function pictureOf({ image = samplePicture, offline }: BenchFlags, session: Session): Promise<ImageSource> {
  const found = await findPictures([image], session, { offline });
  if (found.length !== 1) throw new UsageError(`--image ${image}: stands for ${found.length} pictures; name one`);
  const [{ source }] = found;
  if (source instanceof Error) throw source;
  return source;
}

const saying: Record<BenchStage, string> = {
  prepare: 'decode, resize, tokens',
  encode: 'see the picture',
  memory: 'keep it for the text',
  read: 'read the text',
  prompt: 'read the beginning',
  token: 'write a token',
  other: 'between programs',
};

function lines(result: Bench, machine: { processor: string; cores: number }): string[] {
  const { model, family, task, batch, runs, threads, open, first, stages, call, peak, memory } = result;
  const rows = [
    ['stage', 'ms', 'half between', 'FLOP', 'FLOP/s', 'of peak'],
    ['open', milliseconds(open), '', '', '', ''],
    ...stages.map(({ stage, milliseconds: spread, flops, flopsPerSecond, peakShare }) => [
      saying[stage],
      ...spreadCells(spread),
      ...(flops === undefined
        ? ['', '', '']
        : [compact(flops), compact(flopsPerSecond as number), `${Math.round(100 * (peakShare as number))}%`]),
    ]),
    ['a whole call', ...spreadCells(call), '', '', ''],
    ['first result', milliseconds(first), '', '', '', ''],
  ];
  const weights = Object.entries(memory.weights).map(([dtype, bytes]) => `${measure(bytes, 'B')} ${dtype}`);
  const packed = memory.weights.int8 !== undefined || memory.weights.uint8 !== undefined;
  return [
    `model    ${model} (${family}), ${task}, batches of ${batch}, ${runs} calls`,
    `machine  ${machine.processor}, ${machine.cores} cores, ${threads} threads`,
    `peak     ${measure(peak, 'FLOP/s')} in one large float32 product${packed ? '; products with packed weights may pass it' : ''}`,
    `memory   ${weights.join(' and ')} of weights, ${measure(memory.peak, 'B')} of the process at its highest`,
    `rate     ${rates(result).join(', ')}`,
    '',
    ...columns(rows, { numbers: true }),
  ];
}

function rates({ picturesPerSecond, textsPerSecond, tokensPerSecond }: Bench): string[] {
  const all: [number | undefined, string][] = [
    [picturesPerSecond, 'pictures'],
    [textsPerSecond, 'texts'],
    [tokensPerSecond, 'tokens'],
  ];
  return all.flatMap(([rate, what]) => (rate === undefined ? [] : [`${rounded(rate)} ${what} a second`]));
}

const milliseconds = (value: number) => rounded(value);
const spreadCells = ({ median, low, high }: Spread) => [
  milliseconds(median),
  `${milliseconds(low)}–${milliseconds(high)}`,
];
