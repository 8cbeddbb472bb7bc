import { expect, test } from 'vitest';
import { readAnswers, readQuestions } from './questions.ts';
import type { BadRow } from './report.ts';
import { testFolder } from './testing.ts';

const { at, write } = testFolder();
const questions = 'v2_OpenEnded_mscoco_val2014_questions.json';

async function allOf(file: string, options?: Parameters<typeof readQuestions>[1]) {
  const reader = await readQuestions(at(file), options);
  const rows = [];
  for await (const row of reader) rows.push({ ...row, image: row.image.replace(at('/'), '') });
  return { rows, bad: reader.report.bad.map(({ where, fault }) => `${where}: ${fault}`) };
}

const vqa = {
  [questions]: JSON.stringify({
    data_subtype: 'val2014',
    questions: [
      { image_id: 42, question: 'What colour is it? ', question_id: 42000 },
      { image_id: 42, question: 'How many?', question_id: 42001 },
      { image_id: 7, question: 'Where?', question_id: 7000 },
      { image_id: 42, question_id: 42003 },
      'row',
    ],
  }),
  'v2_mscoco_val2014_annotations.json': JSON.stringify({
    annotations: [
      {
        question_id: 42000,
        question_type: 'what color is',
        answer_type: 'other',
        answers: [{ answer: 'red' }, { answer: 'dark red' }],
      },
      { question_id: 7000, answers: [{ answer: 'here' }] },
      { question_id: 1, answers: [] },
      { answers: ['x'] },
    ],
  }),
};

test('VQA questions find their annotations and pictures by name', async () => {
  await write({ ...vqa, 'val2014/COCO_val2014_000000000042.jpg': '' });
  expect(await allOf(questions)).toEqual({
    rows: [
      {
        id: '42000',
        image: 'val2014/COCO_val2014_000000000042.jpg',
        question: 'What colour is it?',
        answers: ['red', 'dark red'],
        questionType: 'what color is',
        answerType: 'other',
      },
    ],
    bad: [
      `${questions}[1]: question 42001 has no answers in the annotations`,
      `${questions}[2]: COCO_val2014_000000000007.jpg is not there; pass { images: FOLDER }?`,
      `${questions}[3]: no question_id or no question`,
      `${questions}[4]: not an object`,
    ],
  });
  await expect(readQuestions(at(questions), { annotations: at('none.json') })).rejects.toThrow(
    'none.json: no such file',
  );
});

test('without annotations the questions are given with no answers', async () => {
  await write({ [questions]: vqa[questions], '000000000042.jpg': '' });
  const { rows } = await allOf(questions, { images: at('') });
  expect(rows.map(({ id, answers }) => [id, answers])).toEqual([
    ['42000', []],
    ['42001', []],
  ]);
});

test('lists of rows, as JSON and as lines', async () => {
  const rows = [
    { image: 'a.jpg', question: 'what?', answer: ['a dog', 'dog'], question_id: 5 },
    { image: 'a.jpg', question: 'how many?', answers: 2 },
    { image: 'b.jpg', question: 'who?', answer: 'me' },
    { question: 'who?' },
  ];
  await write({
    'a.jpg': '',
    'q.json': JSON.stringify(rows),
    'q.jsonl': `${rows.map((row) => JSON.stringify(row)).join('\n')}\n{`,
  });
  for (const [file, where] of [
    ['q.json', (i: number) => `q.json[${i}]`],
    ['q.jsonl', (i: number) => `q.jsonl:${i + 1}`],
  ] as const) {
    const read = await allOf(file);
    expect(read.rows.map(({ id, question, answers }) => [id, question, answers])).toEqual([
      ['5', 'what?', ['a dog', 'dog']],
      ['1', 'how many?', ['2']],
    ]);
    expect(read.bad.slice(0, 2)).toEqual([`${where(2)}: b.jpg is not there`, `${where(3)}: no image`]);
  }
  await write({ 'other.json': '{"images": []}' });
  await expect(readQuestions(at('other.json'))).rejects.toThrow('neither VQA\'s "questions" nor a list');
});

test('answers alone, by the number of their question', async () => {
  await write(vqa);
  const bad: BadRow[] = [];
  const answers = await readAnswers(at('v2_mscoco_val2014_annotations.json'), (where, fault) =>
    bad.push({ where, fault }),
  );
  expect([...answers.keys()]).toEqual(['42000', '7000']);
  expect(bad.map(({ fault }) => fault)).toEqual(['no answers to question 1', 'no question_id']);
});
