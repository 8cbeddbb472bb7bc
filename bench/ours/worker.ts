/** What every process of our side shares: its job, the clock, made-up inputs, the weights, the answer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindWeights, openCheckpoint } from '../../src/checkpoint/index.ts';
import { float32, int64, type NDArray, sizeOf } from '../../src/core/index.ts';
import { type GitConfig, gitConfig } from '../../src/models/git/config.ts';
import { gitParameters } from '../../src/models/git/tasks.ts';
import { gitNames } from '../../src/models/git/weights.ts';
import type { WeightMap } from '../../src/models/running.ts';
import type { Program } from '../../src/runtime/index.ts';
import { type Job, median, type Sample } from '../job.ts';
import { operatorTimes } from '../profile.ts';

export const job = JSON.parse(process.argv[2]) as Job;

export const answer = (sample: Sample): void => console.log(JSON.stringify(sample));

/** Everything is done once and nothing twice: to see that it works. */
export const brief = 'BENCH_BRIEF' in process.env;

/** Median milliseconds of one run of `work`. */
export async function timed(
  work: () => Promise<unknown>,
  { warmup, repeat }: Pick<Job, 'warmup' | 'repeat'> = job,
): Promise<number> {
  for (let i = 0; i < (brief ? 0 : warmup); i++) await work();
  const times: number[] = [];
  for (let i = 0; i < (brief ? 1 : repeat); i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return median(times);
}

/** Operator times of a program that has only done what `timed` made it do, so many times in each run of that. */
export function profiled(program: Program, runsOfWork = 1): Sample['operators'] {
  if (!job.profile) return undefined;
  program.endProfiling();
  return operatorTimes(job.profile, runsOfWork * (brief ? 1 : job.warmup + job.repeat));
}

/** The same numbers as `pixels` of peer/common.py. */
export function pixels(shape: readonly number[]): NDArray {
  return float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
  );
}

/** The same numbers as `ids` of peer/common.py: ordinary tokens. */
export const ids = (rows: number, length: number, vocabulary: number): NDArray =>
  int64(
    [rows, length],
    Array.from({ length: rows * length }, (_, i) => 110 + ((i * 7919) % (vocabulary - 110))),
  );

export const readConfig = (): GitConfig => gitConfig(JSON.parse(readFileSync(join(job.model, 'config.json'), 'utf8')));

/** The weights as ranges of the model's file. */
export async function bind(config: GitConfig): Promise<WeightMap> {
  const checkpoint = await openCheckpoint(job.model);
  return await bindWeights({ wanted: gitParameters(config).shapes(), checkpoint, names: gitNames(config) });
}
