import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSafetensors } from '../checkpoint/index.ts';
import { float32 } from '../core/index.ts';
import { sightread, writeGolden, writePicture, writeTinyGit } from './testing.ts';

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../test/goldens/metrics/captions.json'), 'utf8'),
) as { rows: { candidate: string; references: string[] }[]; scores: Record<string, { score: number }> };

let root: string;
const at = (name: string) => join(root, name);
const json = (name: string, value: unknown) => writeFile(at(name), JSON.stringify(value));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-eval-'));
  await writeTinyGit(at('git'));
  const colours = { red: '#c03020', blue: '#2030c0', green: '#20c030' };
  for (const [name, colour] of Object.entries(colours)) await writePicture(at(`${name}.png`), colour);
  await writeFile(at('broken.png'), 'no picture');
  const captions = { red: 'a red cat', blue: 'two blue dogs', broken: 'a thing', green: 'a dog on a boat' };
  const lines = Object.entries(captions).map(([name, text]) => `${name}.png\t${text}\n`);
  await writeFile(at('set.tsv'), `file\tcaption\n${lines.join('')}`);
  await writeFile(at('good.tsv'), `file\tcaption\n${lines.filter((line) => !line.startsWith('broken')).join('')}`);
});
afterAll(() => rm(root, { recursive: true }));

describe('captions in a file', () => {
  const results = golden.rows.map(({ candidate }, i) => ({ image_id: 100 + i, caption: candidate }));

  test("scores equal pycocoevalcap's from COCO's own files, and say what they are", async () => {
    await json('results.json', results);
    await json('captions.json', {
      images: golden.rows.map((_, i) => ({ id: 100 + i, file_name: `${i}.jpg` })),
      annotations: golden.rows.flatMap(({ references }, i) =>
        references.map((caption) => ({ image_id: 100 + i, caption })),
      ),
    });
    const files = [at('results.json'), at('captions.json')];
    const { code, stdout } = await sightread(['eval', 'captions', ...files, '--json']);
    expect(code).toBe(0);
    const { bleu1, bleu4, rougeL, meteorExactStem, ciderD, cider, pictures } = JSON.parse(stdout);
    const { scores } = golden;
    expect(pictures).toBe(golden.rows.length);
    expect(bleu1).toBeCloseTo(scores.bleu1.score, 12);
    expect(bleu4).toBeCloseTo(scores.bleu4.score, 12);
    expect(rougeL).toBeCloseTo(scores.rougeL.score, 12);
    expect(meteorExactStem).toBeCloseTo(scores.meteor.score, 12);
    expect(ciderD).toBeCloseTo(scores.cider.score, 12);
    expect(cider).toBeCloseTo(scores.ciderPlain.score, 12);
    const table = (await sightread(['eval', 'captions', ...files])).stdout;
    expect(table).toMatch(/METEOR \(exact and stem matches; no synonyms, no paraphrases\) +0\.\d{4}\n/);
    expect(table).toContain("CIDEr-D (the COCO evaluation's CIDEr)");
  });

  test('lines of name and caption, and JSON lines, find their pictures by file name; what does not fit is named', async () => {
    await writeFile(
      at('mine.tsv'),
      `${at('red.png')}\ta red cat\nblue\ttwo blue dogs\nother.png\tx\nno tab\nred.png\ta second\n`,
    );
    const { code, stdout, stderr } = await sightread(['eval', 'captions', at('mine.tsv'), at('set.tsv')]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^BLEU-1 +1\.0000\n/);
    expect(stderr.split('\n').map((line) => line.replaceAll(root, ''))).toEqual([
      'error: mine.tsv:4: neither JSON nor a name, a tab and a text',
      'error: other.png: no such picture in /set.tsv',
      'error: red.png: its picture is there twice; the first counts',
      'scored 2 pictures; 2 without a prediction are left out; 3 rows cannot be used',
      '',
    ]);
    await writeFile(
      at('mine.jsonl'),
      '{"image": "red.png", "caption": "a red cat"}\n{"image": "blue.png", "error": "is gone"}\n{"image": "gre',
    );
    const lines = await sightread(['eval', 'captions', at('mine.jsonl'), at('set.tsv'), '--json']);
    expect(JSON.parse(lines.stdout)).toMatchObject({ pictures: 1, missing: 3, unusable: 2 });
    expect(lines.stderr).toContain('error: mine.jsonl:2: is gone\nerror: mine.jsonl:3: not JSON\n');
  });

  test('files without anything to score say so in one line', async () => {
    await json('none.json', [{ image_id: 5 }]);
    await json('others.json', [{ image_id: 5, caption: 'a dog' }]);
    const says = async (...argv: string[]) => (await sightread(['eval', 'captions', ...argv])).stderr;
    expect(await says(at('none.json'), at('set.tsv'))).toMatch(
      /no predictions in it \(none\.json\[0\]: no caption\)\n$/,
    );
    expect(await says(at('others.json'), at('set.tsv'))).toMatch(/none of its 1 pictures is in .*which has red\.png/);
    expect(await says(at('missing.json'), at('set.tsv'))).toMatch(/missing\.json: cannot be read/);
  });
});

test('answers in a file, by type of answer and question', async () => {
  const ten = (...answers: string[]) => answers.map((answer) => ({ answer }));
  await json('annotations.json', {
    annotations: [
      { question_id: 1, answer_type: 'number', question_type: 'how many', answers: ten('2', '2', 'two', '3') },
      { question_id: 2, answer_type: 'other', question_type: 'what', answers: ten('a dog', 'cat', 'cat', 'cat') },
      { question_id: 3, answer_type: 'other', question_type: 'what', answers: ten('red') },
    ],
  });
  await json('answers.json', [
    { question_id: 1, answer: 'two' },
    { question_id: 2, answer: 'dog' },
    { question_id: 9, answer: 'x' },
  ]);
  const { code, stdout } = await sightread(['eval', 'answers', at('answers.json'), at('annotations.json'), '--json']);
  expect(code).toBe(1);
  // Of 4 people, 3 said 2: (2/3 + 2/3 + 2/3 + 1) / 4; one said dog: (0 + 3 · 1/3) / 4.
  expect(JSON.parse(stdout)).toEqual({
    questions: 2,
    missing: 1,
    unusable: 1,
    accuracy: 0.5,
    answerType: { number: 0.75, other: 0.25 },
    questionType: { 'how many': 0.75, what: 0.25 },
  });
});

describe('search in a file', () => {
  test('a matrix and vectors, texts in order or by a list', async () => {
    await json('scores.json', [
      [0.9, 0.1, 0.2, 0.3],
      [0.8, 0.7, 0.4, 0.5],
    ]);
    const scores = async (...argv: string[]) =>
      JSON.parse((await sightread(['eval', 'retrieval', ...argv, '--json'])).stdout);
    // Texts 0 and 1 are of picture 0: it finds text 0 first; picture 1 finds text 0 first, its own third.
    expect(await scores(at('scores.json'))).toMatchObject({ textRecall1: 0.5, textRecall5: 1, pictureRecall1: 0.75 });
    await json('of.json', [1, 1, 0, 0]);
    expect(await scores(at('scores.json'), '--pictures-of', at('of.json'))).toMatchObject({
      pictures: 2,
      texts: 4,
      textRecall1: 0.5,
      pictureRecall1: 0.25,
    });
    await writeSafetensors(at('vectors.safetensors'), [
      ['images', float32([2, 2], [1, 0, 0, 1])],
      ['texts', float32([2, 2], [0.1, 0.9, 0.2, 0.8])],
    ]);
    // Each picture finds the other's text first; both texts find picture 1.
    expect(await scores(at('vectors.safetensors'))).toMatchObject({ textRecall1: 0, pictureRecall1: 0.5 });
    await writeFile(
      at('vectors.jsonl'),
      '{"image": "a", "vector": [1, 0]}\n{"text": "b", "vector": [0.1, 0.9]}\n{"text": "c", "vector": [1, 0]}\n',
    );
    expect(await scores(at('vectors.jsonl'))).toMatchObject({ pictures: 1, texts: 2, textRecall1: 1 });
    await json('images.json', [[1, 0]]);
    await json('texts.json', [[1, 0]]);
    expect(await scores(at('images.json'), at('texts.json'))).toMatchObject({ textRecall1: 1, pictureRecall10: 1 });
  });

  test.each([
    ['[[1, 2], [3]]', 'row 1 is not a list of 2 numbers'],
    ['{"a": [[1]], "b": [[1]]}', 'neither "scores" nor "images" and "texts" in it; it has: a, b'],
    ['{"images": [[1, 2]], "texts": [[1]]}', 'pictures have 2 numbers a vector but texts 1'],
    ['[[1, 2, 3], [1, 2, 3]]', '3 texts are not the same number for each of 2 pictures; say with --pictures-of'],
    ['<html>', 'not JSON'],
  ])('%s is refused', async (content, fault) => {
    await writeFile(at('bad.json'), content);
    const { code, stdout, stderr } = await sightread(['eval', 'retrieval', at('bad.json')]);
    expect([code > 0, stdout, stderr.trim().split('\n').length]).toEqual([true, '', 1]);
    expect(stderr).toContain(fault);
  });
});

describe('a model over a set', () => {
  const run = (...argv: string[]) => sightread(['eval', '--model', at('git'), ...argv]);

  test('captions are scored, kept, and not said again', async () => {
    const out = at('said.jsonl');
    const argv = ['--data', at('set.tsv'), '--task', 'caption', '--max-tokens', '4', '--out', out, '--json'];
    const first = await run(...argv, '--limit', '1');
    expect(JSON.parse(first.stdout)).toMatchObject({ task: 'caption', pictures: 1, unusable: 0 });
    const [line] = (await readFile(out, 'utf8')).trim().split('\n');
    const marked = { ...JSON.parse(line), caption: 'a red cat' };
    // As after a kill in the middle of a line.
    await writeFile(out, `${JSON.stringify(marked)}\n{"image_id": "blu`);
    const second = await run(...argv);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/error: .*broken\.png: is not a picture/);
    expect(JSON.parse(second.stdout)).toMatchObject({ pictures: 3, unusable: 1, model: at('git') });
    const kept = (await readFile(out, 'utf8')).trim().split('\n');
    expect(kept[0]).toBe(JSON.stringify(marked));
    expect(kept.slice(2).map((row) => JSON.parse(row).image_id)).toEqual(['blue.png', 'green.png']);
    const scored = await sightread(['eval', 'captions', out, at('good.tsv'), '--json']);
    expect(JSON.parse(scored.stdout).bleu4).toBe(JSON.parse(second.stdout).bleu4);

    const other = await run('--data', at('set.tsv'), '--task', 'caption', '--beams', '2', '--out', out);
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toContain('perhaps with other options; name another file');
  });

  test('answers to a list of questions, with accuracy', async () => {
    await json('questions.json', [
      { question_id: 1, image: 'red.png', question: 'what colour is the cat ?', answer: ['red'] },
      { question_id: 2, image: 'broken.png', question: 'what colour is the cat ?', answer: ['red'] },
      { question_id: 3, image: 'blue.png', question: 'what colour is the cat ?', answer: [] },
    ]);
    const out = at('answers.jsonl');
    const ran = await run('--data', at('questions.json'), '--task', 'answer', '--max-tokens', '3', '--json', '-o', out);
    expect(JSON.parse(ran.stdout)).toMatchObject({ task: 'answer', questions: 1, unusable: 1 });
    expect(JSON.parse(ran.stdout).accuracy).toBeGreaterThanOrEqual(0);
    const rows = (await readFile(out, 'utf8')).trim().split('\n');
    expect(rows.map((row) => JSON.parse(row).question_id)).toEqual([1, 3]);
  });

  test('search and matching by BLIP', async () => {
    await writeGolden('blip-itm', at('blip'));
    const argv = ['eval', '--model', at('blip'), '--json', '--data'];
    const found = await sightread([...argv, at('set.tsv'), '--task', 'retrieval']);
    expect(found.stderr).toMatch(/broken\.png: is not a picture/);
    const { textRecall1, textRecall5, pictureRecall10, pictures } = JSON.parse(found.stdout);
    expect([textRecall5, pictureRecall10, pictures]).toEqual([1, 1, 3]);
    expect([0, 1 / 3, 2 / 3, 1].some((value) => Math.abs(value - textRecall1) < 1e-9)).toBe(true);
    const again = await sightread([...argv, at('good.tsv'), '--task', 'retrieval', '--rerank', '2', '--clean']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout).textRecall5).toBeLessThanOrEqual(1);
    const matched = await sightread([...argv, at('set.tsv'), '--task', 'match', '--out', at('matches.jsonl')]);
    const scores = JSON.parse(matched.stdout);
    expect(scores).toMatchObject({ task: 'match', pictures: 3, unusable: 1 });
    const rows = (await readFile(at('matches.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row));
    const right = rows.flatMap(({ own: [own], other: [other] }) => [own >= 0.5, other < 0.5]);
    expect(scores.accuracy).toBeCloseTo(right.filter(Boolean).length / right.length, 12);
    expect(scores.inOrder).toBeCloseTo(rows.filter(({ own, other }) => own[0] > other[0]).length / rows.length, 12);
  });

  /** What a whole line is about; its numbers may differ in the last digit with the texts that are read beside it. */
  const subject = (line: string) => {
    try {
      const { image, text, about, texts } = JSON.parse(line);
      return [{ image, text, about, texts }];
    } catch {
      return [];
    }
  };

  test.each([
    ['vectors', 'blip-itm', [], 3 + 3],
    ['vectors, then matches', 'blip-itm', ['--rerank', '2'], 3 + 3 + 3],
    ['a ranking head', 'vilt-retrieval', [], 3],
  ] as const)('search by %s goes on after a kill, and comes to the same', async (_, golden, options, length) => {
    const folder = at(golden);
    await writeGolden(golden, folder);
    const out = at(`search-${length}.jsonl`);
    const argv = ['eval', '--model', folder, '--data', at('good.tsv'), '--task', 'retrieval', '--json', ...options];
    const whole = await sightread([...argv, '--out', out]);
    expect(whole).toMatchObject({ code: 0, stdout: (await sightread(argv)).stdout });
    const content = await readFile(out, 'utf8');
    const kept = content.split(/(?<=\n)/);
    expect(kept).toHaveLength(length);
    for (const lines of [1, 4, length - 1, length].filter((count) => count <= length)) {
      const before = kept.slice(0, lines).join('');
      // As after a kill in the middle of a line.
      await writeFile(out, lines < length ? `${before}${kept[lines].slice(0, 9)}` : before);
      expect((await sightread([...argv, '--out', out])).stdout).toBe(whole.stdout);
      const after = await readFile(out, 'utf8');
      // What was known is not worked out again: only the rest is added.
      expect(after.startsWith(before)).toBe(true);
      expect(after.split('\n').flatMap(subject)).toEqual(kept.flatMap(subject));
    }
    if (length === 6) {
      const scored = await sightread(['eval', 'retrieval', out, '--json']);
      expect(JSON.parse(scored.stdout).textRecall1).toBe(JSON.parse(whole.stdout).textRecall1);
    }
    const other = await sightread([...argv, '--out', out, '--clean']);
    expect(other.stderr).toContain('perhaps with other options; name another file');
  });

  test('a vector in the file is used as it is', async () => {
    await writeGolden('blip-itm', at('blip'));
    const out = at('changed.jsonl');
    const argv = ['eval', '--model', at('blip'), '--data', at('good.tsv'), '--task', 'retrieval', '--json', '-o', out];
    await sightread(argv);
    const lines = (await readFile(out, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const texts = lines.filter(({ text }) => text !== undefined);
    // Every picture has its own text's vector, so all are found.
    for (const [i, picture] of lines.filter(({ image }) => image !== undefined).entries()) {
      texts[i].vector = texts[i].vector.map((_: number, k: number) => Number(k === i));
      picture.vector = texts[i].vector;
    }
    await writeFile(out, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(JSON.parse((await sightread(argv)).stdout)).toMatchObject({ textRecall1: 1, pictureRecall1: 1 });
  });

  test('what makes no sense is refused, and what a file cannot serve', async () => {
    const says = async (...argv: string[]) => (await run(...argv)).stderr;
    expect(await says('--task', 'caption')).toContain('--data is missing');
    expect(await says('--data', at('set.tsv'))).toContain('--task is missing');
    expect(await says('--data', at('set.tsv'), '--task', 'match')).toContain('cannot match texts with pictures');
    expect(await says('--data', at('set.tsv'), '--task', 'caption', '--out', 'x.csv')).toContain(
      'give a name in .jsonl',
    );
    expect(await says('--data', at('none'), '--task', 'caption')).toContain('no such file or folder');
    expect(await says('--data', at('set.tsv'), '--task', 'retrieval')).toContain('cannot embed');
    expect(await says('--data', at('set.tsv'), '--task', 'retrieval', '--rerank', '2')).toContain('cannot retrieve');
  });

  test('Ctrl-C ends it with what is done kept', async () => {
    const stop = new AbortController();
    const out = at('stopped.jsonl');
    const argv = [
      'eval',
      '--model',
      at('git'),
      '--data',
      at('good.tsv'),
      '--task',
      'caption',
      '--batch',
      '1',
      '--out',
      out,
    ];
    let shown = 0;
    const { code, stdout } = await sightread([...argv, '--max-tokens', '2'], {
      terminal: true,
      signal: stop.signal,
      onNotice: (text) => {
        if (text.includes(' of ') || text.includes(' done')) if (++shown === 2) stop.abort();
      },
    });
    expect([code, stdout]).toEqual([130, '']);
    expect((await readFile(out, 'utf8')).split('\n')).toHaveLength(3);
  });
});
