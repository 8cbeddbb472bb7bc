import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sightread, writePicture, writeTinyGit } from './testing.ts';

let root: string;
let model: string;
let [red, blue] = ['', ''];
const rows = (text: string) => JSON.parse(text) as Record<string, unknown>[];
const caption = (...argv: string[]) => sightread(['caption', '--model', model, '--max-tokens', '6', ...argv]);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-cli-'));
  model = join(root, 'model');
  await writeTinyGit(model);
  await mkdir(join(root, 'pictures'));
  [red, blue] = [join(root, 'pictures/10 red.png'), join(root, 'pictures/2 blue.jpg')];
  await writePicture(red, '#c03020');
  await writePicture(blue, '#2040e0');
  await writeFile(join(root, 'pictures/notes.txt'), 'no picture');
  await writeFile(join(root, 'page.jpg'), '<!doctype html><html></html>');
});
afterAll(() => rm(root, { recursive: true }));

test('one picture gives one line on standard output and nothing else anywhere', async () => {
  const { code, stdout, stderr } = await caption(red);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^[^\n\t]+\n$/);
  expect(stderr).toBe('');
});

test('several pictures keep their order, with names, and get the words that they get alone', async () => {
  const alone = await Promise.all([caption(red), caption(blue)]);
  const { code, stdout } = await caption(red, blue);
  expect(code).toBe(0);
  expect(stdout).toBe(`${red}\t${alone[0].stdout}${blue}\t${alone[1].stdout}`);
  expect(alone[0].stdout).not.toBe(alone[1].stdout);
  expect((await caption(red, blue, '--batch', '1')).stdout).toBe(stdout);
});

test('a folder and a pattern stand for their pictures, in the order of the numbers in their names', async () => {
  const folder = join(root, 'pictures');
  const names = async (argument: string) => rows((await caption(argument, '--json')).stdout).map(({ image }) => image);
  expect(await names(folder)).toEqual([blue, red]);
  expect(await names(join(folder, '*.{jpg,png}'))).toEqual([blue, red]);
  expect(await names(join(root, '**/*.png'))).toEqual([red]);
});

test('standard input is a picture', async () => {
  const stdin = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const { code, stdout } = await sightread(['caption', '-', '-m', model, '--json'], { stdin });
  expect(code).toBe(0);
  expect(rows(stdout)).toEqual([{ image: '-', caption: expect.any(String), score: expect.any(Number), model }]);
  const bad = await sightread(['caption', '-', '-m', model], { stdin: Buffer.from('text') });
  expect(bad).toMatchObject({ code: 1, stdout: '' });
  expect(bad.stderr).toMatch(/^error: standard input: is not a picture[^\n]+\n$/);
  expect((await caption('-', '-')).stderr).toContain("'-' is given twice");
});

test('a bad picture costs its own row, and the summary counts it', async () => {
  const [page, none] = [join(root, 'page.jpg'), join(root, 'none.png')];
  const { code, stdout, stderr } = await caption(red, page, none, blue, join(root, '*.gif'), '--json');
  expect(code).toBe(1);
  const [first, second, third, fourth, fifth] = rows(stdout);
  expect([first, fourth]).toMatchObject([{ image: red, model }, { image: blue }]);
  expect(second).toEqual({ image: page, error: expect.stringContaining('is an HTML page') });
  expect(third).toEqual({ image: none, error: expect.stringContaining('no such file') });
  expect(fifth.error).toContain('no file matches this pattern');
  expect(first.caption).toBe(rows((await caption(red, '--json')).stdout)[0].caption);
  expect(stderr.trimEnd().split('\n')).toHaveLength(4);
  expect(stderr).toContain('captioned 2 of 5 pictures; 3 failed\n');
  const lines = await caption(red, page);
  expect(lines.code).toBe(1);
  expect(lines.stdout).toMatch(/^[^\n]*10 red.png\t[^\n]+\n$/);
});

test('JSON is printed even when every picture fails', async () => {
  const { code, stdout } = await caption(join(root, 'none.png'), '--json');
  expect(code).toBe(1);
  expect(rows(stdout)).toEqual([{ image: join(root, 'none.png'), error: expect.any(String) }]);
});

test('addresses are not fetched offline', async () => {
  const { code, stderr } = await caption('http://127.0.0.1:9/cat.jpg', '--offline');
  expect(code).toBe(1);
  expect(stderr).toContain('http://127.0.0.1:9/cat.jpg: is an address, and --offline is on');
});

test('the words are steered by the options', async () => {
  const json = async (...argv: string[]) => rows((await caption(red, '--json', ...argv)).stdout)[0];
  expect((await json('--prompt', 'two blue')).caption).toMatch(/^two blue/);
  expect((await json('--max-tokens', '1')).caption).not.toBe((await json()).caption);
  expect((await json('--beams', '3')).score).toBeGreaterThanOrEqual((await json()).score as number);
  const draw = (seed: string) => json('--sample', '--temperature', '2', '--seed', seed);
  expect(await draw('1')).toEqual(await draw('1'));
  expect((await draw('1')).caption).not.toBe((await draw('2')).caption);
});

test('a stream shows the caption in pieces', async () => {
  const pieces: string[] = [];
  const argv = ['caption', red, '-m', model, '--max-tokens', '6', '--stream'];
  const { code, stdout } = await sightread(argv, { onOutput: (text) => pieces.push(text) });
  expect(code).toBe(0);
  expect(pieces.length).toBeGreaterThan(2);
  expect(stdout).toBe((await caption(red)).stdout);
  expect(await caption(red, blue, '--stream')).toMatchObject({ code: 2, stdout: '' });
});

test('a bar is drawn on a terminal, and taken away before the end', async () => {
  const { stdout, stderr } = await sightread(['caption', red, blue, '-m', model, '--batch', '1'], { terminal: true });
  expect(stderr).toContain(' 50%  1 of 2');
  expect(stderr.endsWith('\r\x1b[2K')).toBe(true);
  expect(stdout).not.toContain('\x1b');
});

test('Ctrl-C ends with 130 and a closed array', async () => {
  const stop = new AbortController();
  const argv = ['caption', red, blue, '-m', model, '--batch', '1', '--json'];
  const { code, stdout, stderr } = await sightread(argv, { signal: stop.signal, onOutput: () => stop.abort() });
  expect(code).toBe(130);
  expect(rows(stdout)).toMatchObject([{ image: red }]);
  expect(stderr).toBe('error: stopped\n');
});

test('Ctrl-C ends the wait for standard input', async () => {
  const stop = new AbortController();
  const stdin = (async function* () {
    yield Buffer.from('the first bytes of a picture');
    stop.abort();
    await new Promise(() => undefined);
  })();
  const ran = await sightread(['caption', '-', '-m', model], { stdin, signal: stop.signal });
  expect(ran).toEqual({ code: 130, stdout: '', stderr: 'error: stopped\n' });
});

test('answers and labels', async () => {
  const shared = ['-m', model, '--json'];
  const answered = await sightread(['answer', red, blue, 'what colour is it?', '--max-tokens', '4', ...shared]);
  expect(answered.code).toBe(0);
  const answer = { question: 'what colour is it?', answer: expect.any(String), score: expect.any(Number), model };
  expect(rows(answered.stdout)).toEqual([
    { image: red, ...answer },
    { image: blue, ...answer },
  ]);
  expect(await sightread(['answer', red, '-m', model])).toMatchObject({ code: 2, stdout: '' });

  await writeFile(join(root, 'labels.txt'), 'cat\n\ndog\nboat\n');
  const listed = await sightread(['classify', red, '-l', 'cat,dog,boat', '-m', model]);
  expect(['cat\n', 'dog\n', 'boat\n']).toContain(listed.stdout);
  const fromFile = await sightread(['classify', red, '-l', `@${join(root, 'labels.txt')}`, '-m', model]);
  expect(fromFile).toEqual(listed);
  expect((await sightread(['classify', red, '-l', ' ,', '-m', model])).code).toBe(2);
  expect((await sightread(['classify', red, '-l', '@none', '-m', model])).stderr).toContain('cannot be read');
});
