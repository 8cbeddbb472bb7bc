/** What is compared, and the aims that the numbers are read against. */
import { existsSync } from 'node:fs';
import type { Job, Sample } from './job.ts';
import { places } from './models.ts';
import { askOurs, askPeer, captionOurs, captionPeer } from './processes.ts';

/** One line of the table. */
export interface Row {
  /** Which of a sample's values. */
  value: 'ms' | 'mb';
  title: string;
  /** At least this many times as fast, or as small, as the other side. */
  aim?: number;
  /** At most this value, where there is no other side. */
  limit?: number;
}

export interface Case {
  name: string;
  rows: readonly Row[];
  ours(threads: number): Promise<Sample>;
  peer?(threads: number): Promise<Sample>;
  /** Our side once more with the engine's clock on, where most of the time is the engine's. */
  profile?(threads: number): Promise<Sample>;
  /** Why this case cannot run now. */
  missing?(): string | undefined;
}

type Settings = Omit<Job, 'threads' | 'profile'>;

/** A case whose two sides are programs of the same name in ours/ and peer/. */
const inside = (name: string, worker: string, row: Omit<Row, 'value'>, settings: Settings, profile = true): Case => ({
  name,
  rows: [{ value: 'ms', ...row }],
  ours: (threads) => askOurs(worker, { ...settings, threads }),
  peer: (threads) => askPeer(worker, { ...settings, threads }),
  ...(profile && {
    profile: (threads) => askOurs(worker, { ...settings, threads, profile: `${places.profiles}/${name}` }),
  }),
});

const { base, small } = places;
const written = 20;
const one = { model: base, batch: 1 };
const notBuilt = () => (existsSync(places.command) ? undefined : 'dist is missing: npm run build');

/** Warm-up is long enough for programs to repack their weights (src/models/running.ts): what is timed is a process at work. */
export const cases: readonly Case[] = [
  inside(
    'encoder-1',
    'encoder',
    { title: 'GIT-base picture encoder, 224 px, 1 picture', aim: 1.25 },
    { ...one, warmup: 18, repeat: 10 },
  ),
  inside(
    'encoder-8',
    'encoder',
    { title: 'GIT-base picture encoder, 224 px, 8 pictures', aim: 1.25 },
    { model: base, batch: 8, warmup: 3, repeat: 3 },
  ),
  inside(
    'greedy',
    'caption',
    { title: 'GIT-base caption, greedy, 20 tokens', aim: 1.5 },
    { ...one, tokens: written, warmup: 17, repeat: 5 },
  ),
  inside(
    'beams',
    'caption',
    { title: 'GIT-base caption, 4 beams, 20 tokens' },
    { ...one, tokens: written, beams: 4, warmup: 5, repeat: 3 },
  ),
  inside('open', 'open', { title: 'GIT-base, opening the checkpoint' }, { ...one, warmup: 0, repeat: 1 }, false),
  {
    name: 'cold',
    rows: [
      { value: 'ms', title: 'GIT-base, process start to first caption', aim: 4 },
      { value: 'mb', title: 'GIT-base, peak memory of that process', aim: 1 },
    ],
    missing: notBuilt,
    ours: (threads) => captionOurs(places.command, coldOptions(threads), { threads }),
    peer: (threads) => captionPeer([base, places.picture, String(written)], { threads }),
  },
  {
    name: 'default',
    rows: [
      { value: 'ms', title: 'Default captioner, process start to first caption', limit: 1000 },
      { value: 'mb', title: 'Default captioner, peak memory of that process' },
    ],
    missing: () =>
      notBuilt() ?? (existsSync(places.captioner) ? undefined : 'assets/captioner is missing: train and export it'),
    ours: (threads) => captionOurs(places.command, [places.picture, '--threads', String(threads)], { threads }),
  },
  {
    name: 'regions',
    rows: [{ value: 'ms', title: 'Faster R-CNN, ResNet-101 C4, 800 px, regions of 1 picture' }],
    ours: (threads) => askOurs('regions', { model: places.detector, batch: 1, warmup: 1, repeat: 3, threads }),
  },
  inside(
    'train-small',
    'train',
    { title: 'Training step, captioner sizes (3.9 M), batch 8', aim: 1 },
    { model: small, batch: 8, tokens: 16, warmup: 3, repeat: 15 },
  ),
  inside(
    'train-base',
    'train',
    { title: 'Training step, GIT-base (177 M), batch 2', aim: 1 },
    { model: base, batch: 2, tokens: 16, warmup: 1, repeat: 3 },
  ),
];

const coldOptions = (threads: number) => [
  ...[places.picture, '--model', base, '--threads', String(threads)],
  ...['--min-tokens', String(written), '--max-tokens', String(written)],
];
