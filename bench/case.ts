/** One comparison: what is measured, on which sides, and how its numbers are read. */
import { type Job, peers, type Sample, type Side, type Stage } from './job.ts';
import { places } from './models.ts';
import { askOurs, askPeer } from './processes.ts';

export type Unit = 'ms' | 'MiB' | 'pictures/s' | 'GFLOP/s' | '%';

/** What a line of the table says beside its numbers. */
export interface Heading {
  title: string;
  /** At least this many times as fast, or as small, as PyTorch as it comes. */
  aims?: Partial<Record<Side, number>>;
  /** Bounds of our own value in fp32, where there is nothing to compare it with. */
  atMost?: number;
  atLeast?: number;
}

/** One line of the table. */
export interface Row extends Heading {
  /** Which of a sample's values. */
  value: string;
  unit: Unit;
}

export type Measure = (threads: number) => Promise<Sample>;

export interface Case {
  name: string;
  rows: readonly Row[];
  sides: Partial<Record<Side, Measure>>;
  /** Runs of a side, where fewer are enough or more take too long. */
  most?: Partial<Record<Side, number>>;
  /** Our fp32 once more with the engine's clock on, where most of the time is the engine's. */
  profile?: Measure;
  /** Places of models and pictures that must be written first. */
  needs: readonly string[];
  /** Models of which packed copies must be written first. */
  packs?: readonly string[];
  /** Why this case cannot run now. */
  missing?(): string | undefined;
}

export type Settings = Omit<Job, 'threads' | 'profile' | 'mode'>;

/** A side by its program in ours/ or peer/. */
export const ask = (worker: string, settings: Settings, side: Side): Measure =>
  peers.includes(side)
    ? (threads) => askPeer(worker, { ...settings, mode: side, threads })
    : (threads) => askOurs(worker, { ...settings, mode: side, threads });

/** Our program with the engine's clock on. */
export const clocked =
  (name: string, worker: string, settings: Settings): Measure =>
  (threads) =>
    askOurs(worker, { ...settings, threads, profile: `${places.profiles}/${name}` });

/** A case whose two sides are programs of the same name. */
export const pair = (
  name: string,
  worker: string,
  heading: Heading,
  settings: Settings,
  { most, profile = false }: Pick<Case, 'most'> & { profile?: boolean } = {},
): Case => ({
  name,
  rows: [{ value: 'ms', unit: 'ms', ...heading }],
  sides: { fp32: ask(worker, settings, 'fp32'), eager: ask(worker, settings, 'eager') },
  most,
  needs: [settings.model],
  ...(profile && { profile: clocked(name, worker, settings) }),
});

/** One thing that a process does, and its line of the table. */
export type StageRow = Stage & Heading;

export const stage = (name: string, kind: Stage['kind'], model: string, rest: Partial<Stage> & Heading): StageRow => ({
  name,
  kind,
  model,
  warmup: 1,
  repeat: 1,
  ...rest,
});
