/** Running counts of a bootstrap: of a size that does not depend on the set's. */
import { type BadPair, judgedSources, type TextSource } from './candidates.ts';
import type { Judged, JudgedPicture } from './judge.ts';
import type { Part } from './new-set.ts';

/** Bars of a score histogram, from 0 to 1. */
export const bins = 20;
/** Faults that are listed, and files whose keep rates are; all faults are in the record of candidates. */
const [mostFaults, mostFiles] = [20, 40];

export interface Kept {
  candidates: number;
  kept: number;
}

export interface SourceTally extends Kept {
  /** Texts that could not be judged; they are dropped. */
  unjudged: number;
  /** Sum of the scores. */
  score: number;
  /** How many scores lie in each twentieth of 0 to 1. */
  histogram: number[];
}

export interface Counts {
  /** Rows of the set that were read, bad ones included. */
  rows: number;
  badRows: number;
  pictures: number;
  badPictures: number;
}

/** The counts are of the noisy set. */
export interface Tally extends Counts {
  /** Of the pairs that people wrote. */
  human: Counts;
  /** Pictures whose web texts, synthetic caption, both, or neither was kept. */
  outcomes: { both: number; web: number; synthetic: number; neither: number };
  sources: Record<TextSource, SourceTally>;
  /** Web texts by the file that names them; undefined once there are more files than a table can show. */
  files?: Record<string, Kept>;
  /** The first faults. */
  faults: BadPair[];
  /** Spent on judging, over all runs. */
  seconds: number;
}

export function newTally(): Tally {
  const source = (): SourceTally => ({
    candidates: 0,
    kept: 0,
    unjudged: 0,
    score: 0,
    histogram: Array.from({ length: bins }, () => 0),
  });
  const counts = { rows: 0, badRows: 0, pictures: 0, badPictures: 0 };
  return {
    ...counts,
    human: { ...counts },
    outcomes: { both: 0, web: 0, synthetic: 0, neither: 0 },
    sources: { web: source(), synthetic: source(), human: source() },
    files: {},
    faults: [],
    seconds: 0,
  };
}

/** Counts a picture with its candidates or a row that gives none, of the noisy set or of the pairs that people wrote. */
export function count(tally: Tally, judged: Judged, part: Part): void {
  const counts = part === 'human' ? tally.human : tally;
  if ('candidates' in judged) {
    countPicture(tally, counts, judged);
    if (part === 'noisy') tally.outcomes[outcomeOf(judged)]++;
  } else {
    counts.rows++;
    counts.badRows++;
    note(tally, judged);
  }
}

function countPicture(tally: Tally, counts: Counts, { pixels, pairs, candidates }: JudgedPicture): void {
  counts.rows += pairs.length;
  counts.pictures++;
  if (!pixels) {
    counts.badPictures++;
    note(tally, { id: pairs[0].id, fault: candidates[0].fault ?? '' });
  }
  for (const { id, source: name, from, score, kept, fault } of candidates) {
    const source = tally.sources[name];
    source.candidates++;
    if (kept) source.kept++;
    if (score === undefined) source.unjudged++;
    else {
      source.score += score;
      source.histogram[Math.min(bins - 1, Math.floor(score * bins))]++;
    }
    if (fault !== undefined && pixels) note(tally, { id, fault: `${name} text: ${fault}` });
    if (name === 'web') countFile(tally, from, kept);
  }
}

function outcomeOf({ candidates }: JudgedPicture): keyof Tally['outcomes'] {
  const [web, synthetic] = judgedSources.map((name) => candidates.some(({ source, kept }) => source === name && kept));
  return web && synthetic ? 'both' : web ? 'web' : synthetic ? 'synthetic' : 'neither';
}

function countFile(tally: Tally, name: string, kept: boolean): void {
  if (!tally.files) return;
  const file = (tally.files[name] ??= { candidates: 0, kept: 0 });
  file.candidates++;
  if (kept) file.kept++;
  if (Object.keys(tally.files).length > mostFiles) tally.files = undefined;
}

const note = ({ faults }: Tally, fault: BadPair): void => {
  if (faults.length < mostFaults) faults.push(fault);
};
