import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { load } from '../models/load.ts';
import { sightread, writeGolden, writePicture } from './testing.ts';

let root: string;
let [red, blue, none] = ['', '', ''];
const at = (name: string) => join(root, name);
const rows = (text: string) => JSON.parse(text) as Record<string, unknown>[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-match-'));
  [red, blue, none] = [at('red.png'), at('blue.png'), at('none.png')];
  await writePicture(red);
  await writePicture(blue, '#2040e0');
  await writeGolden('blip-itm', at('blip'));
  await writeGolden('vilt-retrieval', at('vilt'));
  await writeGolden('blip-caption', at('captions'));
});
afterAll(() => rm(root, { recursive: true }));

const texts = ['--text', 'a red cat', '-t', 'two blue dogs'];

test('both scores of BLIP, under their names, equal what the library gives', async () => {
  const { code, stdout, stderr } = await sightread(['match', red, blue, ...texts, '-m', at('blip')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toBe('image\ttext\tmatch\tcosine');
  expect(lines.slice(1).map((line) => line.split('\t').slice(0, 2))).toEqual([
    [red, 'a red cat'],
    [red, 'two blue dogs'],
    [blue, 'a red cat'],
    [blue, 'two blue dogs'],
  ]);
  await using model = await load(at('blip'));
  const match = await model.match!(blue, ['a red cat', 'two blue dogs']);
  const [cosines] = await model.similarity!([blue], ['a red cat', 'two blue dogs']);
  const printed = lines.slice(3).map((line) => line.split('\t').slice(2).map(Number));
  for (const [i, [probability, cosine]] of printed.entries()) {
    expect(probability).toBeCloseTo(match[i], 4);
    expect(cosine).toBeCloseTo(cosines[i], 4);
  }
});

test('JSON has a row for each pair, and for each picture that cannot be read', async () => {
  const { code, stdout, stderr } = await sightread(['match', none, red, ...texts, '-m', at('vilt'), '--json']);
  expect(code).toBe(1);
  const pair = { image: red, rank: expect.any(Number), model: at('vilt') };
  expect(rows(stdout)).toEqual([
    { image: none, error: expect.stringContaining('no such file') },
    { ...pair, text: 'a red cat' },
    { ...pair, text: 'two blue dogs' },
  ]);
  expect(stderr).toContain('scored 1 of 2 pictures; 1 failed\n');
});

test('a model without scores, and an empty text, are refused', async () => {
  const captioner = await sightread(['match', red, ...texts, '-m', at('captions')]);
  expect(captioner).toMatchObject({ code: 2, stdout: '' });
  expect(captioner.stderr).toMatch(/captions cannot match texts with pictures; its file serves caption\n$/);
  expect((await sightread(['match', red, '-t', ' ', '-m', at('blip')])).stderr).toContain('there is no text');
  expect((await sightread(['match', red, '-t', `@${none}`, '-m', at('blip')])).stderr).toContain('cannot be read');
  expect((await sightread(['match', red, '-m', at('blip')])).stderr).toContain("'-t, --text <text>' not specified");
});
