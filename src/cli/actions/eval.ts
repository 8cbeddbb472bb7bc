/** `sightread eval`: scores of captions, answers and search. */
import { InputError, UsageError } from '../../core/errors.ts';
import { readAnswers } from '../../data/index.ts';
import type { LoadedModel } from '../../models/model.ts';
import type { BadRow } from '../captions.ts';
import type { CaptionScoreFlags, EvalFlags, RetrievalScoreFlags } from '../commands/eval.ts';
import { checkLedgerName } from '../eval/ledger.ts';
import { picturesOfTexts, readScores } from '../eval/matrix.ts';
import { answerFields, captionFields, readPredictions } from '../eval/predictions.ts';
import { readReferences } from '../eval/references.ts';
import { evaluateRetrieval, recallBothWays } from '../eval/retrieval.ts';
import { answerScores, captionScores, type ScoreRow } from '../eval/scores.ts';
import { type Evaluation, evaluateAnswers, evaluateCaptions, evaluateMatches } from '../eval/tasks.ts';
import { loadModel } from '../model.ts';
import { counted } from '../numbers.ts';
import { complain, type Session } from '../session.ts';
import { columns } from '../table.ts';

/** Faults that are written out; more are counted only. */
const mostFaults = 10;

export async function captions(
  predictions: string,
  references: string,
  { json, split, captionColumn }: CaptionScoreFlags,
  session: Session,
): Promise<void> {
  const said = await readPredictions(predictions, captionFields);
  const known = await readReferences(references, { split, captionColumn });
  const paired = new Map<string, string>();
  const strangers: BadRow[] = [];
  for (const [name, text] of said.texts) {
    const id = known.idOf(name);
    if (id === undefined) strangers.push({ where: name, fault: `no such picture in ${references}` });
    else if (paired.has(id)) strangers.push({ where: name, fault: 'its picture is there twice; the first counts' });
    else paired.set(id, text);
  }
  const bad = [...said.bad, ...strangers];
  complainOf(bad, session);
  if (paired.size === 0)
    throw new InputError(
      `${predictions}: none of its ${said.texts.size} pictures is in ${references}, which has ${[...known.captions.keys()].slice(0, 3).join(', ')} …`,
    );
  const scores = captionScores(
    [...paired.values()],
    [...paired.keys()].map((id) => known.captions.get(id) as string[]),
  );
  const missing = known.captions.size - paired.size;
  print(scores, { pictures: paired.size, missing, unusable: bad.length }, json, session);
}

export async function answers(
  predictions: string,
  annotations: string,
  { json }: { json?: boolean },
  session: Session,
): Promise<void> {
  const said = await readPredictions(predictions, answerFields);
  const bad = [...said.bad];
  const known = await readAnswers(annotations, (where, fault) => bad.push({ where, fault }));
  const judged = [...said.texts].flatMap(([id, answer]) => {
    const found = known.get(id);
    if (!found) bad.push({ where: id, fault: `no such question in ${annotations}` });
    return found ? [{ ...found, answer, references: found.answers }] : [];
  });
  complainOf(bad, session);
  if (judged.length === 0)
    throw new InputError(`${predictions}: none of its ${said.texts.size} questions is in ${annotations}`);
  const missing = known.size - judged.length;
  print(answerScores(judged), { questions: judged.length, missing, unusable: bad.length }, json, session);
}

export async function retrieval(
  files: readonly string[],
  { json, picturesOf }: RetrievalScoreFlags,
  session: Session,
): Promise<void> {
  const matrix = await readScores(files);
  const scores = await recallBothWays(matrix, await picturesOfTexts(matrix, picturesOf), session);
  print(scores, { pictures: matrix.pictures, texts: matrix.texts }, json, session);
}

const tasks: Record<
  EvalFlags['task'],
  (model: LoadedModel, flags: EvalFlags, session: Session) => Promise<Evaluation>
> = {
  caption: evaluateCaptions,
  answer: evaluateAnswers,
  retrieval: evaluateRetrieval,
  match: evaluateMatches,
};

export async function evaluate(given: Partial<EvalFlags>, session: Session): Promise<void> {
  const { data, task } = given;
  if (data === undefined || task === undefined)
    throw new UsageError(
      `eval: ${data === undefined ? '--data' : '--task'} is missing; to score a file, use eval captions, answers or retrieval`,
    );
  const flags = { ...given, data, task } as EvalFlags;
  if (flags.out) checkLedgerName(flags.out);
  await using model = await loadModel(flags, session);
  const { scores, scored, failed } = await tasks[task](model, flags, session);
  const what = task === 'answer' ? 'questions' : 'pictures';
  if (scored === 0 && failed > 0) throw new InputError(`${data}: none of its ${counted(failed, 'row')} can be used`);
  if (scored === 0 && !flags.out) throw new InputError(`${data}: has nothing to judge by`);
  print(scores, { task, model: model.id, data, [what]: scored, unusable: failed }, flags.json, session);
}

function complainOf(bad: readonly BadRow[], session: Session): void {
  for (const { where, fault } of bad.slice(0, mostFaults)) complain(session, `${where}: ${fault}`);
}

/** Scores on standard output; what they were computed on, and what was left out, on standard error or in the object. */
function print(
  scores: readonly ScoreRow[],
  about: Readonly<Record<string, string | number>>,
  json: boolean | undefined,
  session: Session,
): void {
  if (json) session.stdout.write(`${JSON.stringify({ ...about, ...asObject(scores) }, undefined, 2)}\n`);
  else {
    if (scores.length > 0)
      for (const line of columns(scores.map(([, name, value]) => [name, value.toFixed(4)])))
        session.stdout.write(`${line}\n`);
    session.stderr.write(`${summary(about)}\n`);
  }
  if (about.unusable) session.exitCode = 1;
}

/** Scores by type become objects of their own: { "answerType": { "number": 0.5 } }. */
function asObject(scores: readonly ScoreRow[]): Record<string, unknown> {
  const object: Record<string, number | Record<string, number>> = {};
  for (const [field, , value] of scores) {
    const [group, name] = field.split(/:(.*)/s);
    if (name === undefined) object[field] = value;
    else object[group] = { ...(object[group] as Record<string, number>), [name]: value };
  }
  return object;
}

function summary({ pictures, questions, texts, missing, unusable }: Readonly<Record<string, string | number>>): string {
  const scored =
    questions === undefined ? counted(Number(pictures), 'picture') : counted(Number(questions), 'question');
  return [
    `scored ${scored}${texts === undefined ? '' : ` and ${counted(Number(texts), 'text')}`}`,
    ...(missing ? [`${missing} without a prediction are left out`] : []),
    ...(unusable ? [`${counted(Number(unusable), 'row')} cannot be used`] : []),
  ].join('; ');
}
