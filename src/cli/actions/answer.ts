/** `sightread answer`: one question about each picture. */
import { existsSync } from 'node:fs';
import { UsageError } from '../../core/errors.ts';
import type { ImageSource } from '../../image/index.ts';
import { readAnswers } from '../../models/joint/answers-file.ts';
import { need } from '../../models/load.ts';
import type { LoadedModel, TaskOptions } from '../../models/model.ts';
import type { AnswerFlags } from '../commands/answer.ts';
import { loadModel } from '../model.ts';
import { writingOptions } from '../options.ts';
import { findPictures } from '../pictures.ts';
import { describe } from '../report.ts';
import type { Session } from '../session.ts';
import { checkExplained, explainer } from './explain.ts';

export async function answer(words: readonly string[], flags: AnswerFlags, session: Session): Promise<void> {
  const [given, question] = [words.slice(0, -1), words[words.length - 1]];
  if (given.length === 0 || existsSync(question))
    throw new UsageError('answer: the question is missing; put it last, in quotes, after the pictures');
  const pictures = await findPictures(given, session, flags);
  const answers = flags.answers === undefined ? undefined : readAnswers(flags.answers);
  if (flags.explain !== undefined) checkExplained(pictures, flags);
  await using model = await loadModel(flags, session, { answers });
  const ask = answers ? choosing(model, answers) : need(model, 'answer');
  const explain = flags.explain === undefined ? undefined : explainer(model, flags, session);
  const options = { ...writingOptions(flags), signal: session.signal };
  await describe(pictures, session, {
    batch: 1,
    // What is explained is drawn on the picture as it is.
    model: explain ? undefined : model,
    json: flags.json,
    named: given.length > 1 || pictures.length > 1,
    done: 'answered for',
    work: async ([picture]) => {
      const { text, score } = await ask(picture, question, options);
      await explain?.(picture, question, text);
      return [{ text, fields: { question, answer: text, score, model: model.id } }];
    },
  });
}

/** The likeliest of a list, in place of an answer that is written. */
function choosing(model: LoadedModel, answers: readonly string[]) {
  const rank = need(model, 'rankAnswers', 'choose from a list of answers');
  return async (picture: ImageSource, question: string, { signal }: TaskOptions) =>
    (await rank(picture, question, answers, { signal }))[0];
}
