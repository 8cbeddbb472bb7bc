/** From calls to what each of their stages takes. */
import { flopsOfRun } from '../../runtime/index.ts';
import { type ProgramStage, programStages, stageOf } from './program-stages.ts';
import type { Call } from './recorder.ts';
import { type Spread, spreadOf } from './spread.ts';

/** `prepare`: what comes before the first program runs (decoding, resizing, tokens); `other`: what lies between programs. */
export type BenchStage = 'prepare' | ProgramStage | 'other';

export interface StageBench {
  stage: BenchStage;
  /** Of one call; of `token`, of one step. */
  milliseconds: Spread;
  /** Counted on the traced graphs at the sizes that ran; absent where no program runs. */
  flops?: number;
  flopsPerSecond?: number;
  /** Share of the machine's peak. */
  peakShare?: number;
}

interface Sample {
  milliseconds: number;
  /** Where programs ran. */
  flops?: number;
}

/** @param peak floating-point operations a second that the machine reaches */
export function stagesOf(calls: readonly Call[], peak: number): StageBench[] {
  const samples = calls.map(samplesOf);
  return (['prepare', ...programStages, 'other'] as const).flatMap((stage) => {
    const own = samples.flatMap((call) => call[stage]);
    return own.length > 0 ? [stageBench(stage, own, peak)] : [];
  });
}

/** What one call shows of each stage: one sample, or one a step of writing, or none. */
function samplesOf({ start, milliseconds, runs }: Call): Record<BenchStage, Sample[]> {
  const inPrograms = runs.map((run) => ({
    stage: stageOf(run),
    milliseconds: run.milliseconds,
    flops: flopsOfRun(run),
  }));
  const of = (stage: ProgramStage) => inPrograms.filter((run) => run.stage === stage);
  const together = (stage: ProgramStage): Sample[] => {
    const own = of(stage);
    return own.length > 0
      ? [{ milliseconds: sum(own.map((run) => run.milliseconds)), flops: sum(own.map((run) => run.flops)) }]
      : [];
  };
  const prepare = runs[0].start - start;
  const known = inPrograms.filter((run) => run.stage !== undefined).map((run) => run.milliseconds);
  return {
    prepare: [{ milliseconds: prepare }],
    encode: together('encode'),
    memory: together('memory'),
    read: together('read'),
    prompt: together('prompt'),
    token: of('token'),
    // Not below 0, should two programs ever run at once.
    other: [{ milliseconds: Math.max(0, milliseconds - prepare - sum(known)) }],
  };
}

function stageBench(stage: BenchStage, samples: readonly Sample[], peak: number): StageBench {
  const milliseconds = spreadOf(samples.map((sample) => sample.milliseconds));
  const counts = samples.flatMap(({ flops }) => flops ?? []);
  if (counts.length === 0) return { stage, milliseconds };
  const flops = spreadOf(counts).median;
  const flopsPerSecond = (1000 * flops) / milliseconds.median;
  return { stage, milliseconds, flops, flopsPerSecond, peakShare: flopsPerSecond / peak };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
