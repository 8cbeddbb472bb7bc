/**
 * Questions about pictures with the answers of several people: VQA v1 and v2 (a file of questions and one of
 * annotations), or a list of rows with `image`, `question` and `answer` as BLIP's authors and others keep them. Node only.
 */
import { basename, dirname, join } from 'node:path';
import { InputError, UsageError } from '../../core/errors.ts';
import { isRecord, jsonObjects, keysOf, readJson } from './json.ts';
import { exists, type PictureOptions, pictureFinder } from './pictures.ts';
import { type Reader, type Refuse, rowReader } from './report.ts';

/** A question about a picture. */
export interface AskedImage {
  /** The question's number, or its place in the list. */
  id: string;
  /** Path of the picture file. */
  image: string;
  question: string;
  /** What people answered, usually ten of them; empty where the answers are kept secret, as for test sets. */
  answers: string[];
  /** How the question begins, such as 'how many'. */
  questionType?: string;
  /** 'yes/no', 'number' or 'other'. */
  answerType?: string;
}

/** Answers of people to one question, without the question. */
export type Answered = Pick<AskedImage, 'answers' | 'questionType' | 'answerType'>;

export interface QuestionOptions extends PictureOptions {
  /** VQA's file of annotations. Found by its usual name beside the questions; where there is none, answers are empty. */
  annotations?: string;
}

/**
 * Reads questions. Those without a picture or a text are reported.
 * @throws InputError when a file is of neither form, UsageError when the annotations that are named are not there
 */
export async function readQuestions(file: string, options: QuestionOptions = {}): Promise<Reader<AskedImage>> {
  if (/\.(jsonl|ndjson)$/i.test(file))
    return rowReader((refuse) => listed(file, jsonObjects(file, refuse), options, refuse));
  const content = await readJson(file);
  if (Array.isArray(content))
    return rowReader((refuse) => listed(file, objectsOf(file, content, refuse), options, refuse), content.length);
  if (!isRecord(content) || !Array.isArray(content.questions))
    throw new InputError(
      `${file}: neither VQA's "questions" nor a list with image, question and answer, but ${keysOf(content)}`,
    );
  const { questions, data_subtype } = content;
  const answers = await answersBeside(file, options);
  return rowReader(
    (refuse) => asked(file, questions, String(data_subtype ?? ''), answers, options, refuse),
    questions.length,
  );
}

/**
 * The answers of people by question number, from VQA's annotations or from a list of rows with `question_id` and
 * `answer` or `answers`; rows without answers are given to `refuse`.
 * @throws InputError when the file is of neither form
 */
export async function readAnswers(file: string, refuse: Refuse): Promise<Map<string, Answered>> {
  const found = new Map<string, Answered>();
  const keep = (row: Record<string, unknown>, where: string) => {
    const id = row.question_id ?? row.id;
    const answers = answersIn(row);
    if (typeof id !== 'string' && typeof id !== 'number') refuse(where, 'no question_id');
    else if (answers.length === 0) refuse(where, `no answers to question ${id}`);
    else found.set(String(id), { answers, ...typesIn(row) });
  };
  if (/\.(jsonl|ndjson)$/i.test(file)) {
    for await (const [row, where] of jsonObjects(file, refuse)) keep(row, where);
    return found;
  }
  const content = await readJson(file);
  const rows = isRecord(content) ? content.annotations : content;
  if (!Array.isArray(rows))
    throw new InputError(
      `${file}: neither VQA's "annotations" nor a list with question_id and answers, but ${keysOf(content)}`,
    );
  for (const [row, where] of objectsOf(file, rows, refuse)) keep(row, where);
  return found;
}

function* objectsOf(
  file: string,
  rows: readonly unknown[],
  refuse: Refuse,
): Generator<[row: Record<string, unknown>, where: string]> {
  for (const [i, row] of rows.entries()) {
    const where = `${basename(file)}[${i}]`;
    if (isRecord(row)) yield [row, where];
    else refuse(where, 'not an object');
  }
}

/** v2_OpenEnded_mscoco_val2014_questions.json → v2_mscoco_val2014_annotations.json */
async function answersBeside(file: string, { annotations }: QuestionOptions): Promise<Map<string, Answered>> {
  const name = basename(file);
  const usual = join(
    dirname(file),
    name.replace(/(OpenEnded|MultipleChoice)_/, '').replace('questions', 'annotations'),
  );
  const there = annotations ?? (usual !== file && (await exists(usual)) ? usual : undefined);
  if (there === undefined) return new Map();
  if (!(await exists(there))) throw new UsageError(`${there}: no such file`);
  return readAnswers(there, () => undefined);
}

async function* asked(
  file: string,
  questions: readonly unknown[],
  subset: string,
  answers: ReadonlyMap<string, Answered>,
  options: QuestionOptions,
  refuse: Refuse,
): AsyncGenerator<AskedImage> {
  const find = pictureFinder(dirname(file), options);
  for (const [row, where] of objectsOf(file, questions, refuse)) {
    const { question_id, image_id, question } = row;
    if (question_id === undefined || typeof question !== 'string' || !question.trim())
      refuse(where, 'no question_id or no question');
    else {
      const names = cocoNames(image_id, subset);
      const image = await firstOf(names, find);
      const known = answers.get(String(question_id));
      if (!image) refuse(where, `${names[0]} is not there; pass { images: FOLDER }?`);
      else if (answers.size > 0 && !known) refuse(where, `question ${question_id} has no answers in the annotations`);
      else yield { id: String(question_id), image, question: question.trim(), answers: [], ...known };
    }
  }
}

/** COCO's names of 2014 with and without the folder of the subset ("test-dev2015" shows pictures of "test2015"), and of 2017. */
function cocoNames(id: unknown, subset: string): string[] {
  const folder = subset.replace('-dev', '');
  const number = String(id).padStart(12, '0');
  const name = `COCO_${folder}_${number}.jpg`;
  return [name, `${folder}/${name}`, `${number}.jpg`, `${folder}/${number}.jpg`];
}

async function firstOf(names: readonly string[], find: (name: string) => Promise<string | undefined>) {
  for (const name of names) {
    const path = await find(name);
    if (path) return path;
  }
  return undefined;
}

async function* listed(
  file: string,
  rows: AsyncIterable<[Record<string, unknown>, string]> | Iterable<[Record<string, unknown>, string]>,
  options: QuestionOptions,
  refuse: Refuse,
): AsyncGenerator<AskedImage> {
  const find = pictureFinder(dirname(file), options);
  let place = -1;
  for await (const [row, where] of rows) {
    place++;
    const { image, question } = row;
    if (typeof image !== 'string' || !image) refuse(where, 'no image');
    else if (typeof question !== 'string' || !question.trim()) refuse(where, 'no question');
    else {
      const path = await find(image);
      const id = String(row.question_id ?? row.id ?? place);
      if (path) yield { id, image: path, question: question.trim(), answers: answersIn(row), ...typesIn(row) };
      else refuse(where, `${image} is not there`);
    }
  }
}

/** A text, a list of texts, or VQA's list of objects with an `answer` each. */
function answersIn({ answers, answer }: Record<string, unknown>): string[] {
  return [answers ?? answer ?? []]
    .flat()
    .map((one) => (isRecord(one) ? one.answer : one))
    .filter((one) => typeof one === 'string' || typeof one === 'number')
    .map(String);
}

function typesIn({
  question_type,
  answer_type,
}: Record<string, unknown>): Pick<Answered, 'questionType' | 'answerType'> {
  return {
    ...(typeof question_type === 'string' && { questionType: question_type }),
    ...(typeof answer_type === 'string' && { answerType: answer_type }),
  };
}
