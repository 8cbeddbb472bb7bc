/** `sightread data`: building the picture set, and looking into data sets. */
import { writeFile } from 'node:fs/promises';
import {
  buildEmojiSet,
  cardTables,
  type EvaluationName,
  evaluationSet,
  openEmojiSet,
  setCard,
  trainingSource,
} from '../../data/index.ts';
import { type BadRow, isEmojiSet, openCaptions } from '../captions.ts';
import type { BuildFlags, ShowFlags } from '../commands/data.ts';
import { counted } from '../numbers.ts';
import { type PagePicture, picturePage } from '../page.ts';
import { bar, share } from '../progress.ts';
import { complain, type Session } from '../session.ts';

export async function build({ out, size }: BuildFlags, session: Session): Promise<void> {
  const line = bar(session);
  const { signal, stdout, stderr } = session;
  try {
    const { sprites, concepts, skipped } = await buildEmojiSet({
      out,
      size,
      signal,
      onProgress: ({ maker, done, total }) => line.show(`${share(done, total)}  ${maker}`),
    });
    line.clear();
    stdout.write(`${out}: ${sprites.length} drawings of ${concepts.length} concepts\n`);
    if (skipped.length) stderr.write(`${skipped.length} drawings could not be rendered and are left out\n`);
  } finally {
    line.clear();
  }
}

export async function card(folder: string, { json }: { json?: boolean }, { stdout }: Session): Promise<void> {
  const counts = setCard(await openEmojiSet(folder));
  stdout.write(`${json ? JSON.stringify(counts, undefined, 2) : cardTables(counts)}\n`);
}

export async function show(source: string, { html, ...flags }: ShowFlags, session: Session): Promise<void> {
  const { rows, bad, total } = (await isEmojiSet(source))
    ? await fromSet(source, flags)
    : await fromFiles(source, flags);
  for (const { name, captions } of rows) session.stdout.write(`${name}\t${captions.join(' | ')}\n`);
  if (html) {
    await writeFile(html, await picturePage(source, rows));
    session.stderr.write(`pictures are in ${html}\n`);
  }
  for (const { where, fault } of bad.slice(0, mostFaults)) complain(session, `${where}: ${fault}`);
  session.stderr.write(
    `${rows.length} of ${total} shown${bad.length ? `; ${counted(bad.length, 'row')} cannot be used` : ''}\n`,
  );
  if (total === 0) session.exitCode = 1;
}

/** More of them are counted, not listed. */
const mostFaults = 10;

interface Shown {
  rows: PagePicture[];
  bad: readonly BadRow[];
  /** How many pictures there are. */
  total: string | number;
}

async function fromSet(folder: string, { count, set: name, seed }: Omit<ShowFlags, 'html'>): Promise<Shown> {
  const set = await openEmojiSet(folder);
  const { size, sample } =
    name === 'training'
      ? { size: Number.POSITIVE_INFINITY, sample: trainingSource(set, { seed }) }
      : evaluationSet(set, name as EvaluationName);
  const rows = Array.from({ length: Math.min(count, size) }, (_, i): PagePicture => {
    const { pixels, side, captions } = sample(i);
    return { name: `${name} ${i}`, captions, picture: { width: side, height: side, channels: 3, data: pixels } };
  });
  return { rows, bad: [], total: Number.isFinite(size) ? size : 'endless pictures' };
}

async function fromFiles(source: string, { count }: Omit<ShowFlags, 'html'>): Promise<Shown> {
  const reader = await openCaptions(source);
  const rows: PagePicture[] = [];
  for await (const { id, image, captions } of reader)
    if (rows.length < count) rows.push({ name: id, captions, picture: image });
  return { rows, bad: reader.report.bad, total: reader.report.rows };
}
