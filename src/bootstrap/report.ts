/** What a bootstrap did, in numbers and as a page that needs nothing else. Node only. */
import { join } from 'node:path';
import { replaceFile } from '../data/index.ts';
import type { BadPair, TextSource } from './candidates.ts';
import type { NewSet } from './new-set.ts';
import { reportPage } from './page.ts';
import type { Counts, Kept, Tally } from './tally.ts';

export interface SourceReport extends Kept {
  /** Kept ÷ candidates, 0 to 1; 0 where there are none. */
  keepRate: number;
  /** Candidates that could not be judged, and are dropped. */
  unjudged: number;
  /** Of those that were judged. */
  meanScore: number;
  /** How many scores lie in each twentieth of 0 to 1. */
  histogram: readonly number[];
}

export interface BootstrapReport {
  /** Whether every row that was asked for is done. */
  finished: boolean;
  settings: Record<string, unknown>;
  rows: number;
  badRows: number;
  pictures: number;
  badPictures: number;
  /** The same of the pairs that people wrote; missing where none were given. */
  human?: Counts;
  /** `human` has no scores. */
  sources: Record<TextSource, SourceReport>;
  /** Pictures whose web texts, synthetic caption, both, or neither was kept. */
  outcomes: Tally['outcomes'];
  /** Web texts by the file that names them; missing where there are many files. */
  files?: Record<string, Kept>;
  /** The first faults; all are in candidates.jsonl. */
  faults: readonly BadPair[];
  seconds: number;
  picturesPerSecond: number;
}

export function reportOf(
  { tally }: NewSet,
  { settings, finished }: Pick<BootstrapReport, 'settings' | 'finished'>,
): BootstrapReport {
  const { rows, badRows, pictures, badPictures, human, outcomes, files, faults, seconds } = tally;
  const share = (part: number, all: number) => (all ? part / all : 0);
  const source = (name: TextSource): SourceReport => {
    const { candidates, kept, unjudged, score, histogram } = tally.sources[name];
    const [keepRate, meanScore] = [share(kept, candidates), share(score, candidates - unjudged)];
    return { candidates, kept, keepRate, unjudged, meanScore, histogram };
  };
  return {
    finished,
    settings,
    ...{ rows, badRows, pictures, badPictures },
    ...(human.rows > 0 && { human }),
    sources: { web: source('web'), synthetic: source('synthetic'), human: source('human') },
    outcomes,
    // A set with a text file beside every picture has nothing to compare.
    files: Object.values(files ?? {}).some(({ candidates }) => candidates > 1) ? files : undefined,
    faults,
    seconds,
    picturesPerSecond: share(pictures, seconds),
  };
}

/** Writes `report.json` and `report.html` into the folder of the set. */
export async function writeReport({ folder, samples }: NewSet, report: BootstrapReport): Promise<void> {
  await replaceFile(join(folder, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  await replaceFile(join(folder, 'report.html'), reportPage(report, samples));
}
