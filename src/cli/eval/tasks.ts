/** What a model is asked about each row of a set, and how the answers are scored. */

import { UsageError } from '../../core/errors.ts';
import { readQuestions } from '../../data/index.ts';
import { need } from '../../models/load.ts';
import type { LoadedModel } from '../../models/model.ts';
import { cleanCaption, cleanQuestion } from '../../text/index.ts';
import type { EvalFlags } from '../commands/eval.ts';
import { readTexts } from '../lists.ts';
import { writingOptions } from '../options.ts';
import type { Session } from '../session.ts';
import { type Entry, openLedger } from './ledger.ts';
import { orderScores, withOthers } from './order.ts';
import { overSet } from './over-set.ts';
import { answerScores, captionScores, type ScoreRow } from './scores.ts';
import { openShown } from './sets.ts';

export interface Evaluation {
  scores: ScoreRow[];
  /** Rows that are scored, and rows that could not be. */
  scored: number;
  failed: number;
}

/** COCO and VQA write their ids as numbers. */
const number = (id: string): string | number => (/^\d{1,15}$/.test(id) ? Number(id) : id);

export async function evaluateCaptions(model: LoadedModel, flags: EvalFlags, session: Session): Promise<Evaluation> {
  const write = need(model, 'caption');
  const { prompt, data } = flags;
  const options = { ...writingOptions(flags), prompt, signal: session.signal };
  const set = await openShown(data, flags);
  const ledger = await openLedger(flags.out, 'image_id', settingsOf(model, flags), (entry) => 'caption' in entry);
  const { said, failed } = await overSet(
    set,
    {
      ...{ ...flags, ledger },
      async work(rows) {
        const captions = await write(
          rows.map(({ image }) => image),
          options,
        );
        return captions.map(({ text, score }, i) => ({
          image_id: number(rows[i].id),
          caption: withoutPrompt(text, prompt),
          score,
        }));
      },
    },
    session,
  );
  const scores = said.length
    ? captionScores(
        said.map(({ entry }) => String(entry.caption)),
        said.map(({ row }) => row.captions),
      )
    : [];
  return { scores, scored: said.length, failed };
}

/** As the authors of BLIP score: the words that the model was made to begin with are not its own. */
const withoutPrompt = (text: string, prompt: string | undefined): string =>
  prompt && text.toLowerCase().startsWith(prompt.trim().toLowerCase()) ? text.slice(prompt.trim().length).trim() : text;

export async function evaluateAnswers(model: LoadedModel, flags: EvalFlags, session: Session): Promise<Evaluation> {
  const { data, images, annotations, clean } = flags;
  const { signal } = session;
  const choices = flags.answers && (await readTexts([flags.answers], '--answers'));
  const rank = choices && need(model, 'rankAnswers', 'rank answers');
  const write = rank ? undefined : need(model, 'answer');
  const options = { ...writingOptions(flags), signal };
  const set = await readQuestions(data, { images, annotations });
  const ledger = await openLedger(flags.out, 'question_id', settingsOf(model, flags), (entry) => 'answer' in entry);
  const { said, failed } = await overSet(
    set,
    {
      ...{ ...flags, ledger, batch: 1 },
      async work([{ id, image, question }]) {
        const asked = clean ? cleanQuestion(question) : question;
        const { text, score } = rank
          ? (await rank(image, asked, choices, { signal }))[0]
          : await (write as NonNullable<typeof write>)(image, asked, options);
        return [{ question_id: number(id), answer: text, score }];
      },
    },
    session,
  );
  const judged = said.flatMap(({ row, entry }) =>
    row.answers.length ? [{ ...row, answer: String(entry.answer), references: row.answers }] : [],
  );
  if (said.length > 0 && judged.length === 0 && !flags.out)
    throw new UsageError(`${data}: its questions have no answers to compare with; keep what is said with --out`);
  return { scores: judged.length ? answerScores(judged) : [], scored: judged.length, failed };
}

/** Judges each picture's own captions and as many of a picture before it, which must come out lower. */
export async function evaluateMatches(model: LoadedModel, flags: EvalFlags, session: Session): Promise<Evaluation> {
  const compare = need(model, 'compare', 'match texts with pictures');
  const set = withOthers(await openShown(flags.data, flags));
  const clean = (texts: readonly string[]) => (flags.clean ? texts.map((text) => cleanCaption(text)) : texts);
  const ledger = await openLedger(flags.out, 'image_id', settingsOf(model, flags), (entry) => 'own' in entry);
  const { said, failed } = await overSet(
    set,
    {
      ...{ ...flags, ledger, batch: 1 },
      async work([{ id, image, captions, others }]) {
        const found = await compare(image, [...clean(captions), ...clean(others)], { signal: session.signal });
        const measure = (['match', 'cosine', 'rank'] as const).find((name) => found[0][name] !== undefined);
        const values = found.map((one) => one[measure as 'match']);
        return [
          {
            image_id: number(id),
            measure,
            own: values.slice(0, captions.length),
            other: values.slice(captions.length),
          },
        ];
      },
    },
    session,
  );
  return { scores: orderScores(said.map(({ entry }) => entry)), scored: said.length, failed };
}

/** What all lines of `--out` have in common. */
export function settingsOf(model: LoadedModel, flags: EvalFlags): { model: string; options: Entry } {
  const given = {
    ...writingOptions(flags),
    prompt: flags.prompt,
    answers: flags.answers,
    clean: flags.clean,
    dtype: flags.dtype,
  };
  return { model: model.id, options: JSON.parse(JSON.stringify(given)) as Entry };
}
