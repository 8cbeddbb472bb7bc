import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sightread, writePicture, writeTinyGit } from './testing.ts';

// Seconds on an idle machine; on a busy one they multiply.
vi.setConfig({ testTimeout: 300_000 });

let root: string;
const at = (name: string) => join(root, name);
const colours = { red: '#d02010', blue: '#1030d0', green: '#10b020' };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-train-'));
  await writeTinyGit(at('model'));
  await mkdir(at('pictures'));
  for (const [name, colour] of Object.entries(colours))
    for (const copy of [1, 2, 3, 4]) {
      await writePicture(at(`pictures/${name}${copy}.png`), colour);
      await writeFile(at(`pictures/${name}${copy}.txt`), `a ${name} thing\n`);
    }
  await writeFile(at('pictures/broken.jpg'), 'no picture');
  await writeFile(at('pictures/broken.txt'), 'a caption');
});
afterAll(() => rm(root, { recursive: true }));

const train = (out: string, ...argv: string[]) => [
  ...['train', '--data', at('pictures'), '--model', at('model'), '--out', at(out), '--batch', '3'],
  ...argv,
];

test('a model learns what it is shown, and is used from the folder of the run', async () => {
  const argv = train('learnt', '--steps', '60', '--rate', '1e-2', '--hold-out', '0.3', '--smoothing', '0');
  const { code, stdout, stderr } = await sightread([...argv, '--save-every', '60']);
  expect(code).toBe(0);
  expect(stdout).toBe(`${at('learnt')}\n`);
  expect(stderr).toMatch(/broken\.jpg: is not a picture .*; passed over/);
  expect(stderr).toMatch(/^(?:error:[^\n]*\n)?8 pictures, 5 held out\n/);
  expect(stderr).toMatch(/step 60\/60 {2}loss 0\.[01]/);
  const pictures = Object.keys(colours).map((name) => at(`pictures/${name}1.png`));
  const captioned = await sightread(['caption', ...pictures, '--json', '--model', at('learnt')]);
  const captions = (JSON.parse(captioned.stdout) as { caption: string }[]).map(({ caption }) => caption);
  expect(captions).toEqual(Object.keys(colours).map((name) => `a ${name} thing`));
  expect(await readFile(at('learnt/report.html'), 'utf8')).toContain('data:image/png;base64,');
  const log = readFileSync(at('learnt/log.jsonl'), 'utf8').trim().split('\n');
  expect(JSON.parse(log.at(-1) as string)).toMatchObject({ kind: 'evaluation', scores: { exactMatch: 1 } });
});

test('a run that is stopped goes on to the same weights', async () => {
  const argv = ['--steps', '8', '--hold-out', '0'];
  await sightread(train('whole', ...argv));
  const stop = new AbortController();
  const stopped = await sightread(train('parts', ...argv), {
    signal: stop.signal,
    onNotice: (text) => text.includes('step 1/8') && stop.abort(),
  });
  expect(stopped).toMatchObject({ code: 130, stdout: '' });
  expect(stopped.stderr).toContain('stopped after step 1 of 8; the same command goes on from there\n');
  expect((await sightread(train('parts', ...argv))).code).toBe(0);
  const weights = (run: string) => readFileSync(at(`${run}/model.safetensors`));
  expect(weights('parts').equals(weights('whole'))).toBe(true);
  expect(weights('whole').equals(readFileSync(at('model/model.safetensors')))).toBe(false);
});

test('frozen parts stay as they were', async () => {
  const ran = await sightread(train('frozen', '--steps', '2', '--freeze', 'vision', 'text', '--hold-out', '0'));
  expect(ran.stderr).toMatch(/ (\d+) of 65 tensors learn/);
  const tensors = async (folder: string) => {
    const { openCheckpoint } = await import('../checkpoint/index.ts');
    const file = await openCheckpoint(folder);
    const entries = [...file.entries.keys()].map(async (name) => [name, String((await file.read(name)).data)] as const);
    return new Map(await Promise.all(entries));
  };
  const [before, after] = [await tensors(at('model')), await tensors(at('frozen'))];
  const changed = [...before.keys()].filter((name) => after.get(name) !== before.get(name));
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.every((name) => /^output\.|visual_projection/.test(name))).toBe(true);
});

test('a new model takes its vocabulary from the captions', async () => {
  const argv = ['train', '--data', at('pictures'), '--model', 'tiny', '--out', at('new'), '--steps', '1'];
  const { code } = await sightread([...argv, '--batch', '1', '--hold-out', '0']);
  expect(code).toBe(0);
  const { model } = JSON.parse(await readFile(at('new/tokenizer.json'), 'utf8')) as { model: { vocab: object } };
  expect(model.vocab).toHaveProperty('thing');
  expect((await sightread(['caption', at('pictures/red1.png'), '--model', at('new')])).code).toBe(0);
});

test('what cannot be trained is refused before anything is written', async () => {
  const bert = fileURLToPath(new URL('../../test/goldens/models/bert-model', import.meta.url));
  const refused = async (argv: string[], says: RegExp, code = 2) => {
    const ran = await sightread(argv);
    expect(ran.stderr).toMatch(says);
    expect(ran).toMatchObject({ code, stdout: '' });
  };
  await refused([...train('no', '--steps', '1'), '--model', bert], /bert-model: only GIT models/);
  await refused([...train('no'), '--data', at('nowhere')], /nowhere: no such file or folder/);
  await mkdir(at('empty'));
  await refused([...train('no'), '--data', at('empty')], /no pictures and no captions file/);
  await writeFile(at('odd.json'), '[]');
  await refused([...train('no'), '--data', at('odd.json')], /odd\.json: has no picture to train on/);
  await refused(train('no', '--hold-out', '1'), /has no picture to train on/);
  await refused(train('no', '--freeze', 'vision', 'project', 'text', 'head'), /no parameter is left to train/);
  expect(existsSync(at('no'))).toBe(false);
  await cp(at('whole'), at('other'), { recursive: true });
  await refused(
    train('other', '--steps', '9', '--hold-out', '0'),
    /other: the run there has other settings \(steps was 8, is 9/,
  );
});
