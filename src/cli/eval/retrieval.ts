/** Finding the captions of pictures among those of all, and the pictures of captions. */
import { InputError, reason } from '../../core/errors.ts';
import { decodeImage } from '../../image/index.ts';
import { recallAtK, recallOfLists } from '../../metrics/index.ts';
import { need } from '../../models/load.ts';
import type { LoadedModel } from '../../models/model.ts';
import { pairsToRead, rankFound } from '../../models/retrieval.ts';
import { cleanCaption } from '../../text/index.ts';
import type { EvalFlags } from '../commands/eval.ts';
import { bar, share } from '../progress.ts';
import type { Session } from '../session.ts';
import { dot, type ScoreMatrix } from './matrix.ts';
import { type OverOptions, overSet, type Said } from './over-set.ts';
import { recallScores, type ScoreRow } from './scores.ts';
import { exactly, openSearchLedger, type SearchLedger, type TextList, textList } from './search-ledger.ts';
import { openShown, type Shown } from './sets.ts';
import { type Evaluation, settingsOf } from './tasks.ts';

/** Texts in one run of the model. */
const textBatch = 64;

/**
 * By vectors where the model has them, by its ranking head otherwise; with `rerank`, the best by vectors are ordered again
 * by match, as BLIP's published numbers are. Pictures that cannot be read are left out with their captions. Vectors and scores
 * are in the ledger as soon as they are known.
 */
export async function evaluateRetrieval(model: LoadedModel, flags: EvalFlags, session: Session): Promise<Evaluation> {
  const { rerank } = flags;
  const search = rerank === undefined && !model.embedImages && model.rank ? byRank : byVectors;
  const judge = rerank === undefined ? undefined : need(model, 'matchLogits', 'retrieve');
  const set = await openShown(flags.data, flags);
  const ledger = await openSearchLedger(flags.out, settingsOf(model, flags));
  const { look, matrix } = search(model, ledger, session);
  const { said, failed } = await overSet(set, { ...flags, ...look }, session);
  const pictures = said.map(({ row }) => row);
  const texts = textList(
    pictures.flatMap(({ captions }) => captions.map((text) => (flags.clean ? cleanCaption(text) : text))),
  );
  if (texts.texts.length === 0) return { scores: [], scored: 0, failed };
  const pictureOf = pictures.flatMap(({ captions }, picture) => captions.map(() => picture));
  const found = await matrix(said, texts);
  const scores = judge
    ? await recallOfMatched(found, { pictures, texts, pictureOf, best: rerank as number, judge, ledger }, session)
    : await recallBothWays(found, pictureOf, session);
  return { scores, scored: said.length, failed };
}

interface Matched {
  pictures: readonly Shown[];
  texts: TextList;
  pictureOf: readonly number[];
  best: number;
  judge: NonNullable<LoadedModel['matchLogits']>;
  ledger: SearchLedger;
}

/** Recall where the best by similarity are ordered again by the sum of similarity and match. */
async function recallOfMatched(
  { pictures: rows, ofPicture }: ScoreMatrix,
  { pictures, texts, pictureOf, best, judge, ledger }: Matched,
  session: Session,
): Promise<ScoreRow[]> {
  const { signal } = session;
  const similarity = Array.from({ length: rows }, (_, picture) => Array.from(ofPicture(picture)));
  const logits: ReadonlyMap<number, number>[] = [];
  const wanted = pairsToRead(similarity, best);
  await counted('matches', wanted.length, session, async (picture) => {
    const { id, image } = pictures[picture];
    const known = ledger.aboutPicture(id, texts);
    const missing = wanted[picture].filter((text) => !known.has(text));
    const read = missing.length
      ? await judge(
          image,
          missing.map((text) => texts.texts[text]),
          { signal },
        )
      : [];
    const all = new Map([...known, ...missing.map((text, i) => [text, read[i]] as const)]);
    if (missing.length) await ledger.addAboutPicture(id, texts, all);
    logits.push(all);
  });
  const { textsOf, picturesOf } = rankFound(similarity, logits, best);
  const lists = (found: readonly { index: number }[][]) => found.map((list) => list.map(({ index }) => index));
  return recallScores(
    recallOfLists(lists(textsOf), textsOfPictures(pictureOf, rows)),
    recallOfLists(
      lists(picturesOf),
      pictureOf.map((picture) => [picture]),
    ),
  );
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

/** How scores of all texts for all pictures come about. */
interface Search {
  /** What is done with pictures first, one entry for each. */
  look: Pick<OverOptions<Shown>, 'ledger' | 'work'>;
  matrix(said: readonly Said<Shown>[], texts: TextList): Promise<ScoreMatrix>;
}

function byVectors(model: LoadedModel, ledger: SearchLedger, session: Session): Search {
  const { signal } = session;
  const [see, read] = [need(model, 'embedImages', 'embed'), need(model, 'embedTexts', 'embed')];
  return {
    look: {
      ledger: ledger.pictures,
      async work(rows) {
        const images = rows.map(({ image }) => image);
        const vectors = await see(images, { signal });
        return vectors.map((vector, i) => ({ image: rows[i].id, vector: exactly(vector) }));
      },
    },
    async matrix(said, { texts }) {
      const words = texts.map((text) => ledger.vectorOf(text));
      const missing = [...words.keys()].filter((text) => !words[text]);
      await counted('texts', Math.ceil(missing.length / textBatch), session, async (i) => {
        const places = missing.slice(i * textBatch, (i + 1) * textBatch);
        const some = places.map((place) => texts[place]);
        const vectors = await read(some, { signal });
        await ledger.addTexts(some, vectors);
        for (const [k, place] of places.entries()) words[place] = vectors[k];
      });
      const pictures = said.map(({ entry }) => Float32Array.from(entry.vector as number[]));
      const against = (query: Float32Array, others: readonly (Float32Array | undefined)[]) =>
        Float32Array.from(others, (other) => dot(query, other as Float32Array));
      return {
        pictures: pictures.length,
        texts: words.length,
        ofPicture: (i) => against(pictures[i], words),
        ofText: (i) => against(words[i] as Float32Array, pictures),
      };
    },
  };
}

/** A head that reads every text about every picture: as many runs as there are pairs. */
function byRank(model: LoadedModel, ledger: SearchLedger, session: Session): Search {
  const rank = need(model, 'rank');
  return {
    look: { ledger: { done: new Map(), add: async () => undefined }, work: readable },
    async matrix(said, texts) {
      const rows: Float32Array[] = [];
      await counted('pictures', said.length, session, async (i) => {
        const { id, image } = said[i].row;
        let scores = ledger.aboutPicture(id, texts);
        if (scores.size === 0) {
          scores = new Map((await rank(image, texts.texts, { signal: session.signal })).entries());
          await ledger.addAboutPicture(id, texts, scores);
        }
        rows.push(Float32Array.from(scores.values()));
      });
      return {
        pictures: rows.length,
        texts: texts.texts.length,
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

async function counted(
  what: string,
  times: number,
  session: Session,
  step: (i: number) => Promise<void>,
): Promise<void> {
  const line = bar(session);
  try {
    for (let i = 0; i < times; i++) {
      session.signal.throwIfAborted();
      line.show(`${share(i, times)}  ${what}`);
      await step(i);
    }
  } finally {
    line.clear();
  }
}
