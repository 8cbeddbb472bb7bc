/** `sightread answer`: one question about each picture. */
import { existsSync } from 'node:fs';
import { UsageError } from '../../core/errors.ts';
import { need } from '../../models/load.ts';
import type { AnswerFlags } from '../commands/answer.ts';
import { loadModel } from '../model.ts';
import { writingOptions } from '../options.ts';
import { findPictures } from '../pictures.ts';
import { describe } from '../report.ts';
import type { Session } from '../session.ts';

export async function answer(words: readonly string[], flags: AnswerFlags, session: Session): Promise<void> {
  const [given, question] = [words.slice(0, -1), words[words.length - 1]];
  if (given.length === 0 || existsSync(question))
    throw new UsageError('answer: the question is missing; put it last, in quotes, after the pictures');
  const pictures = await findPictures(given, session, flags);
  await using model = await loadModel(flags, session);
  const ask = need(model, 'answer');
  const options = { ...writingOptions(flags), signal: session.signal };
  await describe(pictures, session, {
    batch: 1,
    json: flags.json,
    named: given.length > 1 || pictures.length > 1,
    done: 'answered for',
    work: async ([picture]) => {
      const { text, score } = await ask(picture, question, options);
      return [{ text, fields: { question, answer: text, score, model: model.id } }];
    },
  });
}
