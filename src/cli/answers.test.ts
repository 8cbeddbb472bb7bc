import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { load } from '../models/load.ts';
import { sightread, writeGolden, writePicture, writeTinyGit } from './testing.ts';

let root: string;
let picture: string;
const at = (name: string) => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-answers-'));
  picture = at('red.png');
  await writePicture(picture);
  await writeGolden('vilt-vqa', at('vilt'));
  await writeGolden('blip-vqa', at('blip'));
  await writeTinyGit(at('git'));
  await writeFile(at('five.json'), JSON.stringify(['red', 'blue', 'a cat', 'two', 'yes']));
  await writeFile(at('numbers.json'), JSON.stringify({ yes: 4, red: 0, blue: 1, two: 3, 'a cat': 2 }));
  await writeFile(at('two.txt'), 'red\n\nblue\n');
  await writeFile(at('odd.json'), '{"red": "first"}');
});
afterAll(() => rm(root, { recursive: true }));

const answer = (model: string, file: string) =>
  sightread(['answer', picture, 'what colour is it?', '-m', at(model), '--answers', at(file)]);

test('a list names what the outputs of a head stand for', async () => {
  const own = await sightread(['answer', picture, 'what colour is it?', '-m', at('vilt')]);
  const number = Number(/^LABEL_(\d)\n$/.exec(own.stdout)?.[1]);
  const named = await answer('vilt', 'five.json');
  expect(named).toEqual({ code: 0, stdout: `${['red', 'blue', 'a cat', 'two', 'yes'][number]}\n`, stderr: '' });
  expect(await answer('vilt', 'numbers.json')).toEqual(named);
});

test('a list of another length than the head, or that is none, is refused', async () => {
  const refused = async (says: RegExp, model: string, file: string) => {
    const ran = await answer(model, file);
    expect(ran.stdout).toBe('');
    expect(ran.code).toBeGreaterThan(0);
    expect(ran.stderr).toMatch(says);
  };
  await refused(
    /^error: answers: the list has 2, and the head chooses from 5; give the list[^\n]+\n$/,
    'vilt',
    'two.txt',
  );
  await refused(/^error: .*odd\.json: is neither a list of answers nor[^\n]+\n$/, 'vilt', 'odd.json');
  await refused(/^error: .*none\.json: cannot be read as JSON[^\n]+\n$/, 'vilt', 'none.json');
  await refused(/^error: .*git cannot choose from a list of answers; its file serves[^\n]+\n$/, 'git', 'two.txt');
});

test('a model that writes ranks any list', async () => {
  const { code, stdout } = await answer('blip', 'two.txt');
  expect(code).toBe(0);
  await using model = await load(at('blip'));
  const [best] = await model.rankAnswers!(picture, 'what colour is it?', ['red', 'blue']);
  expect(stdout).toBe(`${best.text}\n`);
});

test('more words than there are positions are refused, not made up', async () => {
  const long = 'a red cat '.repeat(30);
  const refused = async (says: RegExp, ...argv: string[]) => {
    const ran = await sightread([argv[0], picture, ...argv.slice(1)]);
    expect(ran.stdout).toBe('');
    expect(ran.code).toBeGreaterThan(0);
    expect(ran.stderr).toMatch(says);
  };
  await refused(
    /99 new tokens after 1 pass the 64 positions .* at most 63/,
    'caption',
    '-m',
    at('git'),
    '--max-tokens',
    '99',
  );
  await refused(/starts with \d+ tokens and this model reads 64/, 'caption', '-m', at('git'), '--prompt', long);
  await refused(
    /99 new tokens after 1 pass the 40 positions/,
    'answer',
    'a cat?',
    '-m',
    at('blip'),
    '--max-tokens',
    '99',
  );
  await refused(/tokens long and this model reads 16/, 'answer', long, '-m', at('vilt'));
});
