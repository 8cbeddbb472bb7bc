/** The command as a process of its own: its exit code, pipes that close early, Ctrl-C. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { writePicture, writeTinyGit } from './testing.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
// Seconds on an idle machine; on a busy one they multiply.
vi.setConfig({ testTimeout: 300_000 });

let root: string;
let picture: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-main-'));
  await writeTinyGit(join(root, 'model'));
  picture = join(root, 'red.png');
  await writePicture(picture);
});
afterAll(() => rm(root, { recursive: true }));

function start(...argv: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...argv]);
  const seen = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => (seen.stdout += text));
  child.stderr.on('data', (text) => (seen.stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...seen }));
  return { child, ended };
}

test('the file can be run by its name', async () => {
  expect(await readFile(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test('a picture sent through a pipe is captioned, and the process ends by itself', async () => {
  const { child, ended } = start('caption', '-', '--model', join(root, 'model'), '--max-tokens', '4');
  child.stdin.end(await readFile(picture));
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\S[^\n]*\n$/);
});

test('a fault is one line and a code, without a stack', async () => {
  const { code, stdout, stderr } = await start('caption', picture, '--model', join(root, 'none/here')).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
});

test('a reader that goes away early is no fault', async () => {
  const { child, ended } = start('inspect', join(root, 'model'), '--json');
  child.stdout.destroy();
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});

test('a very long command line works, and Ctrl-C ends it with 130 and whole lines', async () => {
  const many = Array<string>(2000).fill(picture);
  const { child, ended } = start(
    'caption',
    ...many,
    '--model',
    join(root, 'model'),
    '--max-tokens',
    '4',
    '--batch',
    '1',
  );
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(130);
  expect(stderr).toBe('error: stopped\n');
  expect(stdout.endsWith('\n')).toBe(true);
  expect(stdout.split('\n').length).toBeLessThan(2000);
});
