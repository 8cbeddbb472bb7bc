/** Finding the captions of pictures among those of all, and the pictures of captions. */
import { InputError, reason } from '../../core/errors.ts';
import { decodeImage } from '../../image/index.ts';
import { recallAtK, recallOfLists } from '../../metrics/index.ts';
import { need } from '../../models/load.ts';
import type { LoadedModel } from '../../models/model.ts';
import { cleanCaption } from '../../text/index.ts';
import type { EvalFlags } from '../commands/eval.ts';
import { bar, share } from '../progress.ts';
import type { Session } from '../session.ts';
import { dot, type ScoreMatrix } from './matrix.ts';
import { overSet } from './over-set.ts';
import { recallScores, type ScoreRow } from './scores.ts';
import { openShown, type Shown } from './sets.ts';
import type { Evaluation } from './tasks.ts';

/** Texts in one run of the model. */
const textBatch = 64;

/**
 * By vectors where the model has them, by its ranking head otherwise; with `rerank`, the best by vectors are ordered again
 * by match, as BLIP's published numbers are. Pictures that cannot be read are left out with their captions.
 */
export async function evaluateRetrieval(model: LoadedModel, flags: EvalFlags, session: Session): Promise<Evaluation> {
  const see = flags.rerank === undefined ? seeing(model, session) : undefined;
  if (!see) need(model, 'retrieve', 'retrieve');
  const texts: string[] = [];
  const pictureOf: number[] = [];
  const set = await openShown(flags.data, flags);
  const ledger = { done: new Map(), add: async () => undefined };
  const { said, failed } = await overSet(
    set,
    { ...{ ...flags, ledger }, work: (rows) => (see?.pictures ?? readable)(rows) },
    session,
  );
  for (const [picture, { row }] of said.entries())
    for (const caption of row.captions) {
      texts.push(flags.clean ? cleanCaption(caption) : caption);
      pictureOf.push(picture);
    }
  if (texts.length === 0) return { scores: [], scored: 0, failed };
  const images = said.map(({ row }) => row.image);
  if (!see) {
    const { signal } = session;
    const { textsOf, picturesOf } = await need(model, 'retrieve')(images, texts, { best: flags.rerank, signal });
    const lists = (found: readonly { index: number }[][]) => found.map((list) => list.map(({ index }) => index));
    const scores = recallScores(
      recallOfLists(lists(textsOf), textsOfPictures(pictureOf, images.length)),
      recallOfLists(
        lists(picturesOf),
        pictureOf.map((picture) => [picture]),
      ),
    );
    return { scores, scored: said.length, failed };
  }
  const matrix = await see.matrix(
    said.map(({ entry }) => entry.vector as Float32Array),
    images,
    texts,
  );
  return { scores: await recallBothWays(matrix, pictureOf, session), scored: said.length, failed };
}

/** Recall of texts and of pictures at 1, 5 and 10, row by row, so that no more than the scores themselves is in memory. */
export async function recallBothWays(
  matrix: ScoreMatrix,
  pictureOf: readonly number[],
  session: Session,
): Promise<ScoreRow[]> {
  const targets = textsOfPictures(pictureOf, matrix.pictures);
  const recall = (rows: number, row: (i: number) => Float32Array, right: (i: number) => readonly number[]) => {
    const sums = { 1: 0, 5: 0, 10: 0 };
    let asked = 0;
    for (let i = 0; i < rows; i++) {
      if (right(i).length === 0) continue;
      session.signal.throwIfAborted();
      asked++;
      const hit = recallAtK([row(i)], [right(i)]);
      for (const k of [1, 5, 10] as const) sums[k] += hit[k];
    }
    return Object.fromEntries(Object.entries(sums).map(([k, sum]) => [k, sum / asked]));
  };
  return recallScores(
    recall(matrix.pictures, matrix.ofPicture, (picture) => targets[picture]),
    recall(matrix.texts, matrix.ofText, (text) => [pictureOf[text]]),
  );
}

function textsOfPictures(pictureOf: readonly number[], pictures: number): number[][] {
  const lists: number[][] = Array.from({ length: pictures }, () => []);
  for (const [text, picture] of pictureOf.entries()) lists[picture].push(text);
  return lists;
}

interface Seeing {
  /** Looks at pictures; one entry for each, with its vector where the model gives one. */
  pictures(rows: Shown[]): Promise<{ vector?: Float32Array }[]>;
  matrix(
    vectors: readonly Float32Array[],
    images: readonly Shown['image'][],
    texts: readonly string[],
  ): Promise<ScoreMatrix>;
}

function seeing(model: LoadedModel, session: Session): Seeing {
  const { signal } = session;
  if (!model.embedImages && model.rank) return byRank(model, session);
  const [seePictures, readTexts] = [need(model, 'embedImages', 'embed'), need(model, 'embedTexts', 'embed')];
  return {
    async pictures(rows) {
      const vectors = await seePictures(
        rows.map(({ image }) => image),
        { signal },
      );
      return vectors.map((vector) => ({ vector }));
    },
    async matrix(pictures, _, texts) {
      const words: Float32Array[] = [];
      await counted(Math.ceil(texts.length / textBatch), session, async (i) => {
        words.push(...(await readTexts(texts.slice(i * textBatch, (i + 1) * textBatch), { signal })));
      });
      const against = (query: Float32Array, others: readonly Float32Array[]) =>
        Float32Array.from(others, (other) => dot(query, other));
      return {
        pictures: pictures.length,
        texts: words.length,
        ofPicture: (i) => against(pictures[i], words),
        ofText: (i) => against(words[i], pictures),
      };
    },
  };
}

/** A head that reads every text about every picture: as many runs as there are pairs. */
function byRank(model: LoadedModel, session: Session): Seeing {
  const rank = need(model, 'rank');
  return {
    pictures: readable,
    async matrix(_, images, texts) {
      const rows: Float32Array[] = [];
      await counted(images.length, session, async (i) => {
        rows.push(Float32Array.from(await rank(images[i], texts, { signal: session.signal })));
      });
      return {
        pictures: rows.length,
        texts: texts.length,
        ofPicture: (i) => rows[i],
        ofText: (i) => Float32Array.from(rows, (row) => row[i]),
      };
    },
  };
}

/** Pictures that are read much later are tried first, so that a bad one does not spoil all. */
async function readable(rows: Shown[]): Promise<Record<string, never>[]> {
  for (const { image, id } of rows)
    await decodeImage(image).catch((error: unknown) => {
      throw error instanceof InputError ? error : new InputError(`${id}: cannot be read (${reason(error)})`);
    });
  return rows.map(() => ({}));
}

async function counted(times: number, session: Session, step: (i: number) => Promise<void>): Promise<void> {
  const line = bar(session);
  try {
    for (let i = 0; i < times; i++) {
      session.signal.throwIfAborted();
      line.show(`${share(i, times)}  texts`);
      await step(i);
    }
  } finally {
    line.clear();
  }
}
