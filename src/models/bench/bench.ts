/**
 * Measures a model on this machine: what each stage of a task takes, how near its products come to what the machine can do,
 * what it needs of memory. Nothing here knows a family: programs tell of their runs (runtime/watch.ts).
 */
import type { DType } from '../../core/index.ts';
import type { ImageSource } from '../../image/index.ts';
import { nodeEngine, openMatrixPeak } from '../../runtime/index.ts';
import { type LoadOptions, load } from '../load.ts';
import type { Task } from '../model.ts';
import { callOf, picturesOf } from './calls.ts';
import { type Call, Recorder } from './recorder.ts';
import { type Spread, spreadOf } from './spread.ts';
import { type StageBench, stagesOf } from './stages.ts';

export interface BenchOptions extends LoadOptions {
  image: ImageSource;
  /** Default: the first that the file serves. */
  task?: Task;
  /** The question, the text to be judged, embedded or filled, or the words to go on from. Default: a usual one. */
  text?: string;
  /** Pictures of one call, or texts where the task reads no pictures. Default 1. */
  batch?: number;
  /** Calls that are measured, after one that opens the programs. Default 5. */
  runs?: number;
  onRun?: (done: number, runs: number) => void;
}

export interface Bench {
  model: string;
  family: string;
  task: Task;
  batch: number;
  runs: number;
  threads: number;
  /** Milliseconds until the files are read and the programs of the task compiled; downloads are done before. */
  open: number;
  /** Milliseconds to the first result, opening included. */
  first: number;
  /** Those that the task has, in their order. */
  stages: StageBench[];
  /** Milliseconds of a whole call. */
  call: Spread;
  picturesPerSecond?: number;
  textsPerSecond?: number;
  /** Of all texts of the batch together, while they are written. */
  tokensPerSecond?: number;
  /** Floating-point operations a second of a large float32 product, the best of those that ran between the calls. */
  peak: number;
  memory: {
    /** Bytes that the programs read of the file, by dtype. */
    weights: Partial<Record<DType, number>>;
    /** Bytes of the whole process at its highest: weights, the JavaScript engine, and some 40 MB for the product of `peak`. */
    peak: number;
  };
}

/**
 * @param id as `load` takes it
 * @throws UsageError where the file does not serve the task or the task takes no batch, and what `load` and the task throw
 */
export async function bench(
  id: string,
  { image, task, text, batch = 1, runs = 5, onRun, ...options }: BenchOptions,
): Promise<Bench> {
  const { signal } = options;
  const recorder = new Recorder();
  // Downloads, and writes the weights of another dtype, so that neither is measured.
  await (await load(id, options)).release();
  const start = performance.now();
  await using model = await load(id, { ...options, onWarning: undefined, watch: recorder.watch });
  const loading = performance.now() - start;
  const asked = task ?? model.tasks[0];
  const call = callOf(model, asked, { image, text, batch, signal, onWritten: recorder.onWritten });
  await call();
  const first = performance.now() - start;
  const open = loading + recorder.compiling;

  await using peak = await openMatrixPeak(options);
  const peaks: number[] = [];
  const calls: Call[] = [];
  for (let run = 0; run < runs; run++) {
    signal?.throwIfAborted();
    // Between the calls, so that both meet the same load of the machine.
    peaks.push(await peak.measure());
    calls.push(await recorder.during(call));
    onRun?.(run + 1, runs);
  }

  const best = Math.max(...peaks);
  const whole = spreadOf(calls.map(({ milliseconds }) => milliseconds));
  const perSecond = (1000 * batch) / whole.median;
  const pictures = picturesOf(model);
  const tokenRates = calls.flatMap(({ tokenRate }) => tokenRate ?? []);
  return {
    model: model.id,
    family: model.family,
    task: asked,
    batch,
    runs,
    threads: options.threads ?? nodeEngine.threads,
    open,
    first,
    stages: stagesOf(calls, best),
    call: whole,
    ...(pictures > 0 ? { picturesPerSecond: pictures * perSecond } : { textsPerSecond: perSecond }),
    ...(tokenRates.length > 0 && { tokensPerSecond: spreadOf(tokenRates).median }),
    peak: best,
    memory: { weights: recorder.weightBytes(), peak: 1024 * process.resourceUsage().maxRSS },
  };
}
