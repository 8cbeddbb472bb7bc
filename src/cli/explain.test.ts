import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pixels } from '../image/index.ts';
import { load } from '../models/load.ts';
import { drawAlignment } from './drawing/alignment.ts';
import { sightread, writeGolden, writePicture } from './testing.ts';

let root: string;
let picture: string;
const at = (name: string) => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-explain-'));
  picture = at('red.png');
  await writePicture(picture);
  for (const name of ['vilt-vqa', 'blip-vqa', 'vilt-nlvr2']) await writeGolden(name, at(name));
});
afterAll(() => rm(root, { recursive: true }));

const question = 'what colour is the cat ?';

test('an answer is explained by a drawing with a panel for the picture and for each word', async () => {
  const out = at('why.png');
  const argv = ['answer', picture, question, '-m', at('vilt-vqa')];
  const plain = await sightread(argv);
  const { code, stdout, stderr } = await sightread([...argv, '--explain', out]);
  expect({ code, stdout, stderr }).toEqual(plain);
  const { format, width, height } = await sharp(await readFile(out)).metadata();
  // Seven panels in rows of four, 256 pixels wide each with a gap of 12; pictures of 40 × 32 become 256 × 205 ones.
  expect({ format, width, height }).toEqual({
    format: 'png',
    width: 12 + 4 * 268,
    height: 32 + 2 * (205 + 20 + 12) + 32,
  });
});

test('shares of every word sum to one, over places that tile the picture', async () => {
  await using model = await load(at('vilt-vqa'));
  const { words, places, shares } = await model.align!(picture, question);
  expect(words).toEqual(['what', 'colour', 'is', 'the', 'cat', '?']);
  for (const row of shares) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
  const area = places.reduce((sum, [x1, y1, x2, y2]) => sum + (x2 - x1) * (y2 - y1), 0);
  expect(area).toBeCloseTo(1, 6);
  expect(shares.every((row) => row.length === places.length)).toBe(true);
  // Places share what all words give them about evenly: the columns of the plan are uniform.
  expect(new Set(shares.map((row) => row[0].toFixed(4))).size).toBeGreaterThan(1);
});

test('a place is coloured by its share, and the strongest has an edge', () => {
  const grey = pixels(256, 256, new Uint8Array(256 * 256 * 3).fill(100));
  const halves = [
    [0, 0, 0.5, 1],
    [0.5, 0, 1, 1],
  ] as const;
  const alignment = { words: ['cat'], places: [...halves], shares: [Float32Array.of(0.8, 0.2)] };
  const drawn = drawAlignment(grey, alignment, { question: 'a cat?', answer: 'yes' });
  const colour = (x: number, y: number) => [
    ...drawn.data.slice((y * drawn.width + x) * 3, (y * drawn.width + x) * 3 + 3),
  ];
  const [top, second] = [44, 12 + 268];
  expect(colour(12 + 60, top + 100)).toEqual([100, 100, 100]);
  const [strong, weak] = [colour(second + 60, top + 100), colour(second + 200, top + 100)];
  expect(strong[0] - strong[2]).toBeGreaterThan(150);
  expect(weak[0] - weak[2]).toBeLessThan(strong[0] - strong[2]);
  expect(colour(second, top)).toEqual([0, 90, 220]);
  expect(colour(second + 255, top)).not.toEqual([0, 90, 220]);
});

test('what cannot be explained is refused, and no file is left', async () => {
  const refused = async (says: RegExp, model: string, out: string, ...pictures: string[]) => {
    const ran = await sightread(['answer', ...pictures, question, '-m', at(model), '--explain', at(out)]);
    expect(ran.code).toBeGreaterThan(0);
    expect(ran.stderr).toMatch(/^error: [^\n]+\n$/);
    expect(ran.stderr).toMatch(says);
    expect(existsSync(at(out))).toBe(false);
  };
  await refused(/give a name that ends in \.png/, 'vilt-vqa', 'why.jpg', picture);
  await refused(/draws over one picture/, 'vilt-vqa', 'two.png', picture, picture);
  await refused(
    /blip-vqa cannot say where words belong in a picture; its file serves answer/,
    'blip-vqa',
    'b.png',
    picture,
  );
  await refused(/none\.png: no such file/, 'vilt-vqa', 'c.png', at('none.png'));
  await refused(/cannot be written .*check the folder/, 'vilt-vqa', 'none/d.png', picture);
});
