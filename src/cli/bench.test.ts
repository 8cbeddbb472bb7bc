import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bench, Spread } from '../models/bench/index.ts';
import type { Inspection } from '../models/inspect.ts';
import { sightread, writeGolden, writePicture, writeTinyGit } from './testing.ts';

let root: string;
let red: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-bench-'));
  await writeTinyGit(join(root, 'git'));
  const goldens = [
    'blip-caption',
    'blip-vqa',
    'blip-itm',
    'clip-model-gelu',
    'vilt-vqa',
    'vilt-mlm',
    'vilt-nlvr2',
    'opt-pre',
    'bert-mlm',
  ];
  await Promise.all(goldens.map((name) => writeGolden(name, join(root, name))));
  red = join(root, 'red.png');
  await writePicture(red);
  await writePicture(join(root, 'blue.png'), '#2030c0');
  await writeFile(join(root, 'page.jpg'), 'no picture');
});
afterAll(() => rm(root, { recursive: true }));

const bench = (name: string, ...argv: string[]) => sightread(['bench', '-m', join(root, name), ...argv]);

test.each<[name: string, argv: string[], task: string, stages: string[]]>([
  ['git', ['--text', 'a red'], 'caption', ['encode', 'prompt', 'token']],
  ['git', ['--batch', '3'], 'caption', ['encode', 'token']],
  ['blip-caption', [], 'caption', ['encode', 'memory', 'token']],
  ['blip-vqa', [], 'answer', ['encode', 'memory', 'read', 'token']],
  ['blip-itm', [], 'match', ['encode', 'memory', 'read']],
  ['blip-itm', ['--task', 'embed'], 'embed', ['encode']],
  ['clip-model-gelu', ['--text', 'a cat'], 'embed', ['encode', 'read']],
  ['vilt-vqa', ['--text', 'a cat'], 'answer', ['read']],
  ['vilt-mlm', [], 'fill', ['read']],
  ['vilt-nlvr2', ['--text', 'a cat'], 'judge', ['read']],
  ['opt-pre', ['--text', 'a'], 'complete', ['prompt', 'token']],
  ['bert-mlm', [], 'fill', ['read']],
])('%s %j: %s goes through its stages', async (name, argv, task, stages) => {
  const { code, stdout, stderr } = await bench(
    name,
    '--json',
    '--runs',
    '1',
    '--threads',
    '1',
    '--image',
    red,
    ...argv,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const result: Bench = JSON.parse(stdout);
  expect(result).toMatchObject({ model: join(root, name), task, runs: 1, threads: 1 });
  expect(result.stages.map(({ stage }) => stage)).toEqual(['prepare', ...stages, 'other']);
  for (const { stage, milliseconds, flops, flopsPerSecond, peakShare } of result.stages) {
    checkSpread(milliseconds);
    if (!stages.includes(stage)) expect({ flops, flopsPerSecond, peakShare }).toEqual({});
    else {
      expect(flops).toBeGreaterThan(10_000);
      expect(flopsPerSecond).toBeCloseTo((1000 * flops!) / milliseconds.median, 0);
      expect(peakShare).toBeCloseTo(flopsPerSecond! / result.peak, 9);
    }
  }
  checkSpread(result.call);
  expect(result.peak).toBeGreaterThan(0);
  expect(result.open).toBeGreaterThan(0);
  expect(result.first).toBeGreaterThan(0);
  const { picturesPerSecond, textsPerSecond, tokensPerSecond, batch } = result;
  const perSecond = (1000 * batch) / result.call.median;
  if (['opt-pre', 'bert-mlm'].includes(name)) {
    expect(picturesPerSecond).toBeUndefined();
    expect(textsPerSecond).toBeCloseTo(perSecond, 9);
  } else {
    expect(picturesPerSecond).toBeCloseTo(perSecond * (task === 'judge' ? 2 : 1), 9);
    expect(textsPerSecond).toBeUndefined();
  }
  expect(tokensPerSecond !== undefined).toBe(stages.includes('token'));
  expect(result.memory.weights).toEqual({ float32: expect.any(Number) });
  expect(result.memory.weights.float32).toBeLessThanOrEqual((await inspect(name)).bytes);
});

const inspect = async (name: string) =>
  JSON.parse((await sightread(['inspect', join(root, name), '--json'])).stdout) as Inspection;

function checkSpread({ low, median, high }: Spread) {
  expect(low).toBeGreaterThanOrEqual(0);
  expect(median).toBeGreaterThanOrEqual(low);
  expect(high).toBeGreaterThanOrEqual(median);
}

test.each([
  ['git', 3],
  ['blip-caption', 2],
])('%s: seeing %i pictures takes the operations that inspect counts for each', async (name, batch) => {
  const { stages }: Bench = JSON.parse(
    (await bench(name, '--json', '--runs', '1', '--image', red, '--batch', `${batch}`)).stdout,
  );
  const encode = stages.find(({ stage }) => stage === 'encode');
  expect(encode?.flops).toBe(batch * (await inspect(name)).work!.picture!);
});

test('what a text program reads of the file is all of it, and counted once', async () => {
  const { memory }: Bench = JSON.parse((await bench('opt-pre', '--json', '--runs', '1', '--text', 'a')).stdout);
  expect(memory.weights.float32).toBe((await inspect('opt-pre')).bytes);
  expect(memory.peak).toBeGreaterThan(50e6);
});

test('packed weights of the captioner inside, on the picture inside', async () => {
  const folder = join(root, 'packed');
  expect((await sightread(['quantize', '--dtype', 'q8', '--out', folder])).code).toBe(0);
  const { code, stdout } = await bench('packed', '--runs', '2');
  expect(code).toBe(0);
  const [model, machine, peak, memory, rate, , head, ...rows] = stdout.trimEnd().split('\n');
  expect(model).toBe(`model    ${folder} (git), caption, batches of 1, 2 calls`);
  expect(machine).toMatch(/^machine {2}\S.*, \d+ cores, \d+ threads$/);
  expect(peak).toMatch(/^peak {5}\S+ GFLOP\/s in one large float32 product; products with packed weights may pass it$/);
  expect(memory).toMatch(/^memory .* MB int8.* of weights, .* MB of the process at its highest$/);
  expect(rate).toMatch(/^rate {5}\S+ pictures a second, \S+ tokens a second$/);
  expect(head).toMatch(/^stage +ms +half between +FLOP +FLOP\/s +of peak$/);
  expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual([
    'open',
    'decode, resize, tokens',
    'see the picture',
    'write a token',
    'between programs',
    'a whole call',
    'first result',
  ]);
  expect(rows[2]).toMatch(/ 154 M {2,}\S+ [MG] {2,}\d+%$/);
});

test.each([
  ['git', ['--task', 'match'], 2, /git cannot match; its file serves caption, answer, classify\n$/],
  ['git', ['--task', 'answer', '--batch', '2'], 2, /answer takes one picture at a time; a batch is for caption, embed/],
  ['git', ['--image', 'none.png'], 1, /none\.png: no such file/],
  ['git', ['--image', 'PICTURES'], 2, /stands for 2 pictures; name one/],
  ['git', ['--image', 'PAGE'], 1, /page\.jpg: is not a picture/],
  ['git', ['--runs', '0'], 2, /Give a whole number from 1 on/],
  ['git', ['--task', 'dance'], 2, /Allowed choices are caption, complete/],
  ['nowhere', ['--offline'], 1, /nowhere/],
])('%s %j is refused with %i', async (name, argv, expected, says) => {
  const places: Record<string, string> = { PICTURES: join(root, '*.png'), PAGE: join(root, 'page.jpg') };
  const { code, stdout, stderr } = await bench(name, ...argv.map((word) => places[word] ?? word));
  expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
  expect(stderr).toMatch(says);
  expect(stderr).not.toContain('    at ');
});

test('a bar counts the calls, and Ctrl-C ends them', async () => {
  const stop = new AbortController();
  const notices: string[] = [];
  const { code, stdout, stderr } = await sightread(
    ['bench', '-m', join(root, 'git'), '--image', red, '--runs', '1000'],
    {
      terminal: true,
      signal: stop.signal,
      onNotice(text) {
        notices.push(text);
        if (text.includes('2 of 1000 calls')) stop.abort();
      },
    },
  );
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr).toMatch(/error: stopped\n$/);
  expect(notices.some((text) => text.includes('3 of 1000'))).toBe(false);
});
