/** `sightread bootstrap`: noisy pairs in, a cleaner captioned set out. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { type BootstrapReport, bootstrap as run } from '../../bootstrap/index.ts';
import { UsageError } from '../../core/errors.ts';
import { openPairs } from '../../data/index.ts';
import type { LoadedModel } from '../../models/model.ts';
import type { BootstrapFlags } from '../commands/bootstrap.ts';
import { loadModel } from '../model.ts';
import { counted } from '../numbers.ts';
import { bar, share } from '../progress.ts';
import { complain, type Session } from '../session.ts';
import { columns } from '../table.ts';

export async function bootstrap(source: string, flags: BootstrapFlags, session: Session): Promise<void> {
  const { out, threshold, copy, limit, batch, seed, json, dtype, images, imageColumn, captionColumn } = flags;
  const { human, humanImages } = flags;
  const { stdout, stderr, signal } = session;
  for (const set of [source, ...(human === undefined ? [] : [human])]) refuseInside(set, out);
  const reading = { images, imageColumn, captionColumn };
  const pairs = await openPairs(source, reading);
  const written = human === undefined ? undefined : await openPairs(human, { images: humanImages });
  await using models = await loadBoth(flags, session);
  const line = bar(session);
  let told = performance.now();
  const report = await run(pairs, {
    ...models,
    ...{ out, threshold, copy, limit, batch, seed, signal },
    human: written,
    writing: writingOf(flags),
    settings: { source, ...reading, human, humanImages, dtype },
    onProgress({ rows, candidates, kept, picturesPerSecond }) {
      const all = written ? undefined : (limit ?? pairs.count);
      const text = `${all && all >= rows ? `${share(rows, all)}  ` : ''}${rows} rows  kept ${kept} of ${candidates} texts  ${picturesPerSecond.toFixed(1)} pictures/s`;
      if (stderr.isTTY) line.show(text);
      else if (performance.now() - told > quiet) {
        stderr.write(`${text}\n`);
        told = performance.now();
      }
    },
  });
  line.clear();

  for (const { id, fault } of report.faults.slice(0, mostFaults)) complain(session, faultLine(id, fault));
  const { badRows, badPictures, pictures: seen } = withHuman(report);
  if (badRows + badPictures > 0)
    stderr.write(
      `${counted(badRows, 'row')} and ${counted(badPictures, 'picture')} cannot be used; all are in ${out}/candidates.jsonl\n`,
    );
  if (json) stdout.write(`${JSON.stringify(report)}\n`);
  else for (const row of summary(report, out)) stdout.write(`${row}\n`);
  if (!report.finished) {
    stderr.write(`stopped after ${counted(report.rows, 'row')}; the same command goes on from there\n`);
    session.exitCode = 130;
  } else if (seen === badPictures) session.exitCode = 1;
}

/** Faults that are printed, and milliseconds between lines of progress where no bar can be drawn. */
const [mostFaults, quiet] = [10, 10_000];

/** Faults of pictures name them already. */
const faultLine = (id: string, fault: string): string => (fault.includes(id) ? fault : `${id}: ${fault}`);

/** What is written there would be read as part of the source when the run goes on. */
function refuseInside(source: string, out: string): void {
  const way = relative(resolve(source), resolve(out));
  if (isAbsolute(way) || way === '..' || way.startsWith(`..${sep}`)) return;
  throw new UsageError(`--out ${out}: lies in the source ${source}; choose a folder beside it`);
}

type Models = Record<'captioner' | 'filter', LoadedModel> & AsyncDisposable;

/** One model where both names are the same. */
async function loadBoth(
  { captioner, filter = captioner, ...flags }: BootstrapFlags,
  session: Session,
): Promise<Models> {
  const { offline, threads, dtype } = flags;
  const open = (model: string) => loadModel({ model, offline, threads, dtype }, session);
  const writer = await open(captioner);
  const judge = filter === captioner ? writer : await open(filter);
  const release = async () => {
    for (const model of new Set([writer, judge])) await model.release();
  };
  return { captioner: writer, filter: judge, [Symbol.asyncDispose]: release };
}

/** The nucleus alone cuts the vocabulary, as in the paper: topK 0 switches the usual 50 off. */
function writingOf({ beams, topP, temperature, repetitionPenalty, maxTokens, minTokens, prompt }: BootstrapFlags) {
  const how = beams === undefined ? { sample: true, topP, topK: 0, temperature } : { beams };
  return { ...how, repetitionPenalty, maxNewTokens: maxTokens, minNewTokens: minTokens, prompt };
}

/** What was read, of both parts. */
function withHuman({ badRows, badPictures, pictures, human }: BootstrapReport) {
  if (!human) return { badRows, badPictures, pictures };
  return {
    badRows: badRows + human.badRows,
    badPictures: badPictures + human.badPictures,
    pictures: pictures + human.pictures,
  };
}

function summary({ sources, outcomes, pictures, human }: BootstrapReport, out: string): string[] {
  const given = Object.entries(sources).filter(([name]) => name !== 'human' || human);
  const rows = given.map(([name, { candidates, kept, keepRate, meanScore }]) => {
    const mean = name === 'human' ? '–' : meanScore.toFixed(3);
    return [name, `${kept} of ${candidates}`, `${(100 * keepRate).toFixed(1)} %`, mean];
  });
  const { both, web, synthetic } = outcomes;
  const left = both + web + synthetic;
  const added = human ? `, and ${human.pictures - human.badPictures} with human texts` : '';
  return [
    ...columns([['', 'kept', 'keep rate', 'mean score'], ...rows]),
    `${left} of ${counted(pictures, 'picture')} kept${added} in ${out}; ${out}/report.html shows them`,
  ];
}
