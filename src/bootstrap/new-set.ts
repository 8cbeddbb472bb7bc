/**
 * The folder of a bootstrap: the record of every candidate, the new set, and how far it is. Records are appended and only
 * then counted as done, in one small file that is replaced whole; what a killed process wrote beyond it is cut off when the
 * work is taken up again. So every row is worked on once in the result, whenever the process dies. Node only.
 */
import { appendFile, mkdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { InputError, reason, SightreadError, UsageError } from '../core/index.ts';
import { type Bookmark, replaceFile } from '../data/index.ts';
import type { Judged, JudgedPicture } from './judge.ts';
import type { Batch } from './pictures.ts';
import { placePicture } from './place-picture.ts';
import { offer, type Samples } from './samples.ts';
import { count, newTally, type Tally } from './tally.ts';

export const files = {
  /** One line for every candidate and every row that gives none. */
  candidates: 'candidates.jsonl',
  /** The new set: a line for each kept text, as folders of captioned pictures have it. */
  captions: 'metadata.jsonl',
  progress: 'progress.json',
  samples: 'samples.json',
} as const;

const version = 2;

/** What a set is made of: noisy pairs that are judged, and pairs that people wrote. */
export type Part = 'noisy' | 'human';

/** How far one part is. */
interface Reached {
  /** Rows of the source that are done. */
  next: number;
  /** Where reading begins again, of sources that can be read from the middle. */
  bookmark?: Bookmark;
}

interface Progress {
  version: number;
  settings: Record<string, unknown>;
  reached: Record<Part, Reached>;
  /** Bytes of the two growing files that belong to them. */
  bytes: { candidates: number; captions: number };
  tally: Tally;
}

/** How far the source is once a batch is done, and what that took. */
export interface Done extends Pick<Batch, 'next' | 'bookmark'> {
  seconds: number;
}

export interface NewSetOptions {
  /** What must not change between the processes of one run. */
  settings: Record<string, unknown>;
  seed: number;
  /** Copy pictures instead of linking to them. */
  copy: boolean;
}

export class NewSet {
  readonly folder: string;
  readonly samples: Samples;
  readonly #options: NewSetOptions;
  readonly #progress: Progress;

  private constructor(folder: string, options: NewSetOptions, progress: Progress, samples: Samples) {
    this.folder = folder;
    this.samples = samples;
    this.#options = options;
    this.#progress = progress;
  }

  /** Begins a set, or takes up one that was left. Throws UsageError when the folder holds one with other settings. */
  static async open(folder: string, options: NewSetOptions): Promise<NewSet> {
    // As it will be read again: without what is undefined.
    const settings = JSON.parse(JSON.stringify(options.settings)) as Record<string, unknown>;
    const reached = { noisy: { next: 0 }, human: { next: 0 } };
    const fresh = { version, settings, reached, bytes: { candidates: 0, captions: 0 }, tally: newTally() };
    const progress = (await readJson<Progress>(join(folder, files.progress))) ?? fresh;
    if (progress === fresh) await refuseStrangers(folder);
    refuseOther(folder, progress, settings);
    const samples = (await readJson<Samples>(join(folder, files.samples))) ?? {};
    return writingTo(folder, async () => {
      await mkdir(folder, { recursive: true });
      const set = new NewSet(folder, { ...options, settings }, progress, samples);
      // First of all, so that the other files are known as this set's own whenever the process dies.
      if (progress === fresh) await set.#save();
      for (const name of ['candidates', 'captions'] as const)
        await cutTo(join(folder, files[name]), progress.bytes[name]);
      return set;
    });
  }

  /** How far a part is. */
  reached(part: Part): Readonly<Reached> {
    return this.#progress.reached[part];
  }

  get tally(): Tally {
    return this.#progress.tally;
  }

  /** Adds a batch; after that, it is done. */
  add(part: Part, judged: readonly Judged[], done: Done): Promise<void> {
    return writingTo(this.folder, () => this.#add(part, judged, done));
  }

  async #add(part: Part, judged: readonly Judged[], { next, bookmark, seconds }: Done): Promise<void> {
    const { tally, bytes, reached } = this.#progress;
    let [candidates, captions] = ['', ''];
    let changed = false;
    for (const one of judged) {
      count(tally, one, part);
      if (await offer(this.samples, one, this.#options.seed)) changed = true;
      if ('candidates' in one) {
        for (const candidate of one.candidates) candidates += line(candidate);
        captions += await this.#keep(part, one);
      } else candidates += line(one);
    }
    if (part === 'noisy') tally.seconds += seconds;
    bytes.candidates += await append(join(this.folder, files.candidates), candidates);
    bytes.captions += await append(join(this.folder, files.captions), captions);
    if (changed) await replaceFile(join(this.folder, files.samples), JSON.stringify(this.samples));
    reached[part] = { next, bookmark: bookmark ?? reached[part].bookmark };
    await this.#save();
  }

  /** Lines of the new set for what is kept of a picture; the same words found and written are one caption. */
  async #keep(part: Part, { place, picture, candidates }: JudgedPicture): Promise<string> {
    const kept = candidates.filter((one) => one.kept);
    if (kept.length === 0) return '';
    const file_name = await placePicture(this.folder, { part, place }, picture, this.#options.copy);
    return kept
      .filter(({ text }, i) => kept.findIndex((one) => one.text === text) === i)
      .map(({ text, source, score, id }) => line({ file_name, text, source, score, id }))
      .join('');
  }

  #save(): Promise<void> {
    return replaceFile(join(this.folder, files.progress), JSON.stringify(this.#progress));
  }
}

/** Full disks and missing rights are the folder's fault. */
async function writingTo<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SightreadError || !(error as NodeJS.ErrnoException).code) throw error;
    throw new InputError(
      `${folder}: cannot be written (${reason(error)}); mend that, and the same command goes on from the last batch`,
    );
  }
}

const line = (value: unknown) => `${JSON.stringify(value)}\n`;

/** Appends, and gives the number of bytes. */
async function append(path: string, text: string): Promise<number> {
  const bytes = Buffer.from(text);
  if (bytes.length) await appendFile(path, bytes);
  return bytes.length;
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InputError(`${path}: cannot be read (${reason(error)}); remove its folder, or choose another folder`);
  }
}

/** Makes a growing file end after its first `length` bytes. */
async function cutTo(path: string, length: number): Promise<void> {
  await appendFile(path, '');
  const { size } = await stat(path);
  if (size < length)
    throw new InputError(
      `${path}: has ${size} bytes where ${files.progress} counts ${length}; remove the folder and begin again`,
    );
  await truncate(path, length);
}

/** A set that something else made is not written over. */
async function refuseStrangers(folder: string): Promise<void> {
  for (const name of [files.captions, files.candidates])
    if (await stat(join(folder, name)).catch(() => undefined))
      throw new UsageError(
        `${join(folder, name)}: is there already, and no ${files.progress} beside it; choose another folder`,
      );
}

function refuseOther(
  folder: string,
  { version: made, settings: before }: Progress,
  now: Record<string, unknown>,
): void {
  if (made !== version) throw new UsageError(`${folder}: begun by another version of sightread; choose another folder`);
  const changed = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (name) => !isDeepStrictEqual(before[name], now[name]),
  );
  if (changed.length === 0) return;
  const list = changed.map((name) => `${name} was ${JSON.stringify(before[name])}, is ${JSON.stringify(now[name])}`);
  throw new UsageError(`${folder}: the set there was begun otherwise (${list.join('; ')}); choose another folder`);
}
