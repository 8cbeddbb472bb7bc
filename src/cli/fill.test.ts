import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bindWeights, openCheckpoint } from '../checkpoint/index.ts';
import { input, int64, ParameterList } from '../core/index.ts';
import { referenceClass } from '../models/index.ts';
import { compile } from '../runtime/index.ts';
import { loadTokenizer } from '../text/index.ts';
import { sightread, writeGolden, writePicture } from './testing.ts';

let root: string;
let red: string;
const at = (name: string) => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-fill-'));
  red = at('red.png');
  await writePicture(red);
  await writePicture(at('second.png'));
  for (const name of ['vilt-mlm', 'bert-mlm', 'roberta-mlm', 'bert-model', 'blip-caption'])
    await writeGolden(name, at(name));
});
afterAll(() => rm(root, { recursive: true }));

test('a text about a picture: the text filled, and the guesses for each mask', async () => {
  const argv = ['fill', 'a [MASK] on the [MASK]', '--image', red, '-m', at('vilt-mlm')];
  const { code, stdout, stderr } = await sightread([...argv, '--top', '3']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  for (const [i, line] of lines.slice(1).entries()) expect(line).toMatch(new RegExp(`^${i + 1}(\t\\S* [\\d.e-]+){3}$`));
  const { text, masks, image } = JSON.parse((await sightread([...argv, '--json'])).stdout);
  expect({ text, image }).toEqual({ text: lines[0], image: red });
  expect(masks.map((guesses: unknown[]) => guesses.length)).toEqual([5, 5]);
});

test.each([
  ['bert-mlm', 'BertForMaskedLM'],
  ['roberta-mlm', 'RobertaForMaskedLM'],
])('%s reads a text alone, with the probabilities of the published class', async (name, published) => {
  const { code, stdout } = await sightread(['fill', 'a red [MASK]', '-m', at(name), '--json']);
  expect(code).toBe(0);
  const [guesses] = JSON.parse(stdout).masks as { word: string; probability: number }[][];

  const checkpoint = await openCheckpoint(at(name));
  const config = JSON.parse(await readFile(at(`${name}/config.json`), 'utf8'));
  const reference = (await referenceClass(published))!;
  const { ids } = (await loadTokenizer(at(name))).encode('a red [MASK]');
  const list = new ParameterList();
  const shape = [1, ids.length];
  const { logits } = reference.trace(list.root, config, { input_ids: input('ids', shape, 'int64') }, {});
  const weights = await bindWeights({
    wanted: list.shapes(),
    checkpoint,
    names: { ...reference.names(config), ignore: ['*'] },
  });
  const place = ids.length - 2;
  await using program = await compile({ y: logits.slice(1, place, place + 1).softmax() }, { weights });
  const { y } = await program.run({ ids: int64(shape, ids) });
  const sorted = Array.from(y.data as Float32Array).sort((a, b) => b - a);
  for (const [i, { probability }] of guesses.entries()) expect(probability).toBeCloseTo(sorted[i], 5);
});

test('what cannot be filled is refused in one line', async () => {
  const refused = async (says: RegExp, ...argv: string[]) => {
    const ran = await sightread(['fill', ...argv]);
    expect(ran.stdout).toBe('');
    expect(ran.code).toBeGreaterThan(0);
    expect(ran.stderr).toMatch(/^error: [^\n]+\n$/);
    expect(ran.stderr).toMatch(says);
  };
  await refused(/the text has no mask; write \[MASK\]/, 'a red cat', '-i', red, '-m', at('vilt-mlm'));
  await refused(/vilt reads a text about a picture; give the picture too/, 'a [MASK]', '-m', at('vilt-mlm'));
  await refused(/bert reads text alone; leave the picture out/, 'a [MASK]', '-i', red, '-m', at('bert-mlm'));
  await refused(/tokens long and this model reads 16/, `${'a dog '.repeat(9)}[MASK]`, '-i', red, '-m', at('vilt-mlm'));
  await refused(/tokens long and this model reads 30/, `${'a dog '.repeat(19)}[MASK]`, '-m', at('roberta-mlm'));
  await refused(/none\.png: no such file/, 'a [MASK]', '-i', at('none.png'), '-m', at('vilt-mlm'));
  await refused(/is 2 pictures; name one/, 'a [MASK]', '-i', `${root}/*d.png`, '-m', at('vilt-mlm'));
  await refused(/cannot fill masks; its file serves caption/, 'a [MASK]', '-m', at('blip-caption'));
  await refused(
    /without cls\.predictions.*load a file for masked language modelling/,
    'a [MASK]',
    '-m',
    at('bert-model'),
  );
});
