/** CapFilt over a whole set: pairs in, a cleaner set out. */
import { UsageError } from '../core/index.ts';
import type { Pair, PairFault, Pairs } from '../data/index.ts';
import { need } from '../models/load.ts';
import type { LoadedModel } from '../models/model.ts';
import { writeCoco } from './coco.ts';
import { accept, type Judged, type JudgeOptions, judge } from './judge.ts';
import { NewSet, type Part } from './new-set.ts';
import { type Batch, batches } from './pictures.ts';
import { type BootstrapReport, reportOf, writeReport } from './report.ts';

export interface BootstrapOptions {
  /** Writes a caption for every picture: any model that captions. */
  captioner: LoadedModel;
  /** Judges every text: any model that gives the probability of a match. May be the captioner. */
  filter: LoadedModel;
  /** Folder of the new set. One that was left by an earlier run with the same settings is taken up again. */
  out: string;
  /** Texts with at least this probability of a match are kept. Default 0.5, as the head's own decision. */
  threshold?: number;
  /** How captions are written. Default: nucleus sampling with top-p 0.9, at most 30 tokens. */
  writing?: JudgeOptions['writing'];
  /** Equal seeds draw equal captions from the same batches. Default 0. */
  seed?: number;
  /** Pictures in one run of the captioner. Default 8. */
  batch?: number;
  /** Rows of the source to read, counted from its start. Default all. */
  limit?: number;
  /** Pairs that people wrote: added to the set after the noisy ones, and not judged. */
  human?: BootstrapSource;
  /** Copy pictures into the new set, instead of linking to those of the source. Default false. */
  copy?: boolean;
  /** What else must be the same when a run is taken up, such as the name of the source. */
  settings?: Record<string, unknown>;
  signal?: AbortSignal;
  /** Called after every batch. */
  onProgress?: (progress: BootstrapProgress) => void;
}

export interface BootstrapProgress {
  /** Rows that are done, those of earlier runs included. */
  rows: number;
  /** Candidates so far, and how many of them are kept. */
  candidates: number;
  kept: number;
  picturesPerSecond: number;
}

/** What `openPairs` gives; or the pairs alone, which must come in the same order every time. */
export type BootstrapSource = Pairs | AsyncIterable<Pair | PairFault>;

/** Nucleus sampling as in the paper: the whole vocabulary within the nucleus, no other cut. */
const nucleus: JudgeOptions['writing'] = { sample: true, topP: 0.9, topK: 0, maxNewTokens: 30 };

/**
 * Bootstraps a captioned set from noisy pairs (BLIP, arXiv 2201.12086, section 3.3): what is kept of the texts that were
 * found and of those that the captioner wrote, and the pairs that people wrote.
 *
 *     await using model = await load('model_base.pth');
 *     const report = await bootstrap(await openPairs('web'), { captioner: model, filter: model, out: 'clean' });
 *
 * Memory holds a batch of pictures, whatever the size of the set. A signal that aborts ends the work after the last whole
 * batch; the report then says `finished: false`, and the same call goes on from there.
 *
 * @throws UsageError when `out` holds a set that was begun with other settings, or an option means nothing
 */
export async function bootstrap(source: BootstrapSource, options: BootstrapOptions): Promise<BootstrapReport> {
  const { captioner, filter, out, threshold = 0.5, writing = nucleus, seed = 0, signal } = options;
  const { batch: size = 8, limit = Number.POSITIVE_INFINITY, copy = false, human, onProgress } = options;
  if (!(threshold >= 0 && threshold <= 1))
    throw new UsageError(`threshold: ${threshold} is no probability from 0 to 1`);
  if (!(Number.isInteger(size) && size > 0)) throw new UsageError(`batch: ${size} is not a whole number from 1 on`);
  const settings = { ...options.settings, captioner: captioner.id, filter: filter.id, threshold, writing, seed };
  const judging = {
    caption: need(captioner, 'caption'),
    match: need(filter, 'match'),
    threshold,
    writing,
    seed,
    signal,
  };
  const set = await NewSet.open(out, { settings, seed, copy });
  /** Works through one part of the set, from where it is. */
  async function add(part: Part, rows: BootstrapSource, limit: number, work: (batch: Batch) => Promise<Judged[]>) {
    const { next: from } = set.reached(part);
    let began = performance.now();
    for await (const batch of batches(rowsFrom(rows, set.reached(part)), { size, from, limit })) {
      await set.add(part, await work(batch), { ...batch, seconds: (performance.now() - began) / 1000 });
      onProgress?.(progressOf(set));
      signal?.throwIfAborted();
      began = performance.now();
    }
  }
  let finished = false;
  try {
    await add('noisy', source, limit, (batch) => judge(batch, judging));
    if (human) await add('human', human, Number.POSITIVE_INFINITY, (batch) => accept(batch, { signal }));
    finished = true;
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
  await writeCoco(set.folder);
  const report = reportOf(set, { settings: { ...settings, batch: size, copy }, finished });
  await writeReport(set, report);
  return report;
}

function rowsFrom(
  source: BootstrapSource,
  { next, bookmark }: ReturnType<NewSet['reached']>,
): AsyncIterable<Pair | PairFault> {
  return 'pairs' in source ? source.pairs(next, bookmark) : without(source, next);
}

/** The items after the first `from`. */
async function* without<T>(items: AsyncIterable<T>, from: number): AsyncGenerator<T> {
  let place = 0;
  for await (const item of items) if (place++ >= from) yield item;
}

function progressOf({ tally }: NewSet): BootstrapProgress {
  const sources = Object.values(tally.sources);
  return {
    rows: tally.rows + tally.human.rows,
    candidates: sources.reduce((sum, { candidates }) => sum + candidates, 0),
    kept: sources.reduce((sum, { kept }) => sum + kept, 0),
    picturesPerSecond: tally.pictures / tally.seconds,
  };
}
