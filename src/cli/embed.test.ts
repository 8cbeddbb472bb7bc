import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCheckpoint } from '../checkpoint/index.ts';
import { load } from '../models/load.ts';
import { sightread, writeGolden, writePicture } from './testing.ts';

let root: string;
const at = (name: string) => join(root, name);
const names = ['1 red.png', '2 blue.png', '3 green.png'];
const pictures = () => names.map((name) => at(`pictures/${name}`));
type Row = { image?: string; text?: string; vector: number[]; cosine: number; match?: number };
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
const embed = (...argv: string[]) => sightread(['embed', ...argv]);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-embed-'));
  await mkdir(at('pictures'));
  for (const [i, colour] of ['#c03020', '#2040e0', '#20b040'].entries()) await writePicture(pictures()[i], colour);
  await writeGolden('blip-itm', at('blip'));
  await writeGolden('clip-model-gelu', at('clip'));
  await writeGolden('blip-caption', at('captions'));
  await writeFile(at('page.jpg'), '<!doctype html><html></html>');
});
afterAll(() => rm(root, { recursive: true }));

test.each(['blip', 'clip'])('%s: a line for each picture and text, unit vectors of the library', async (name) => {
  const argv = [at('pictures'), '--text', 'a red cat', '-t', 'two blue dogs', '-m', at(name)];
  const { code, stdout, stderr } = await embed(...argv);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const rows = lines(stdout);
  expect(rows.map(({ image, text }) => image ?? text)).toEqual([...pictures(), 'a red cat', 'two blue dogs']);
  await using model = await load(at(name));
  const vectors = [
    ...(await model.embedImages!(pictures())),
    ...(await model.embedTexts!(['a red cat', 'two blue dogs'])),
  ];
  expect(rows.map(({ vector }) => new Float32Array(vector))).toEqual(vectors);
  for (const { vector } of rows) expect(vector.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 4);
  expect(rows[0].vector).not.toEqual(rows[1].vector);
  expect(rows[3].vector).not.toEqual(rows[4].vector);
});

test('CLIP chooses the label that its cosines choose', async () => {
  await using model = await load(at('clip'));
  const labels = ['a red cat', 'two blue dogs', 'a boat'];
  const [cosines] = await model.similarity!([pictures()[1]], labels);
  const { stdout } = await sightread(['classify', pictures()[1], '-l', labels.join(), '-m', at('clip')]);
  expect(stdout).toBe(`${labels[cosines.indexOf(Math.max(...cosines))]}\n`);
  const { score } = await model.classify!(pictures()[1], labels);
  expect(score).toBeLessThan(0);
});

test('files hold the same numbers, with the names of their rows', async () => {
  const argv = [at('pictures'), '-t', 'a red cat', '-m', at('clip')];
  const rows = lines((await embed(...argv)).stdout);
  const numbers = rows.map(({ vector }) => new Float32Array(vector));
  for (const file of ['v.jsonl', 'v.safetensors', 'v.npy'])
    expect(await embed(...argv, '--out', at(file))).toEqual({ code: 0, stdout: `${at(file)}\n`, stderr: '' });

  expect(lines(await readFile(at('v.jsonl'), 'utf8'))).toEqual(rows);
  const stored = await openCheckpoint(at('v.safetensors'));
  const images = await stored.read('images');
  expect(images.shape).toEqual([3, numbers[0].length]);
  expect((images.data as Float32Array).slice(0, numbers[0].length)).toEqual(numbers[0]);
  expect((await stored.read('texts')).data).toEqual(numbers[3]);
  expect(await readFile(at('v.safetensors'), 'utf8')).toContain(JSON.stringify(JSON.stringify(['a red cat'])));

  expect(await readFile(at('v.txt'), 'utf8')).toBe([...pictures(), 'a red cat', ''].join('\n'));
  const bytes = await readFile(at('v.npy'));
  const start = 10 + bytes.readUInt16LE(8);
  expect(start % 64).toBe(0);
  expect(bytes.subarray(0, start).toString('latin1')).toContain(`'shape': (4, ${numbers[0].length})`);
  expect(bytes.length - start).toBe(16 * numbers[0].length);
  expect(bytes.readFloatLE(start + 4)).toBe(numbers[0][1]);
});

test('a search orders by cosine; where the model can match, the best are ordered by that', async () => {
  const search = async (name: string, ...more: string[]) =>
    JSON.parse(
      (await embed(at('pictures'), '--search', 'two dogs', '-m', at(name), '--json', ...more)).stdout,
    ) as Row[];
  const byCosine = await search('clip');
  await using clip = await load(at('clip'));
  const near = (await clip.similarity!(pictures(), ['two dogs'])).map(([cosine]) => cosine);
  expect(byCosine.map(({ cosine }) => cosine)).toEqual(near.toSorted((a, b) => b - a));
  expect(byCosine[0]).toEqual({
    image: pictures()[near.indexOf(Math.max(...near))],
    cosine: Math.max(...near),
    model: at('clip'),
  });

  await using blip = await load(at('blip'));
  const best = (await blip.similarity!(pictures(), ['two dogs'])).map(([cosine], i) => ({
    cosine,
    image: pictures()[i],
  }));
  best.sort((a, b) => b.cosine - a.cosine);
  const two = await search('blip', '--best', '2');
  expect(two.map(({ image }) => image).sort()).toEqual(
    best
      .slice(0, 2)
      .map(({ image }) => image)
      .sort(),
  );
  expect(two[0].match).toBeGreaterThanOrEqual(two[1].match as number);
  for (const { image, match } of two)
    expect((await blip.match!(image as string, ['two dogs']))[0]).toBeCloseTo(match as number, 5);
  const table = (await embed(at('pictures'), '-s', 'two dogs', '-m', at('blip'))).stdout.split('\n');
  expect(table[0]).toBe('image\tmatch\tcosine');
  expect(table).toHaveLength(5);
});

test('a bad picture costs its own row', async () => {
  const { code, stdout, stderr } = await embed(at('page.jpg'), pictures()[0], '-m', at('clip'));
  expect(code).toBe(1);
  expect(lines(stdout).map(({ image }) => image)).toEqual([pictures()[0]]);
  expect(stderr).toMatch(/page\.jpg: is an HTML page.*\nembedded 1 of 2 pictures; 1 failed\n$/);
  const nothing = await embed(at('page.jpg'), '-m', at('clip'), '--out', at('none.npy'));
  expect(nothing).toMatchObject({ code: 1, stdout: '' });
  expect(existsSync(at('none.npy'))).toBe(false);
  const found = await embed(at('page.jpg'), pictures()[0], '-m', at('clip'), '-s', 'a cat');
  expect(found.code).toBe(1);
  expect(found.stderr).toContain('searched 1 of 2 pictures; 1 failed\n');
});

test('what makes no sense is refused before a model is loaded', async () => {
  const refused = async (says: RegExp, ...argv: string[]) => {
    const ran = await embed(...argv);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(says);
  };
  await refused(/there is nothing to embed/, '-m', at('clip'));
  await refused(/--out v\.txt: give a name that ends in \.jsonl, \.safetensors, \.npy/, pictures()[0], '-o', 'v.txt');
  await refused(/without --out and --text/, pictures()[0], '-s', 'a cat', '-o', 'v.npy');
  await refused(/captions cannot embed; its file serves caption/, pictures()[0], '-m', at('captions'));
  const nowhere = await embed(pictures()[0], '-m', at('clip'), '-o', at('none/v.npy'));
  expect(nowhere.code).toBe(1);
  expect(nowhere.stderr).toMatch(/^error: .*cannot be written .*check the folder\n$/);
});
