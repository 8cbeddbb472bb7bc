import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { writeTinyBlip } from '../models/blip/testing.ts';
import { sightread, writePicture } from './testing.ts';

// Seconds on an idle machine; on a busy one they multiply.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let root: string;
const at = (name: string) => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-bootstrap-'));
  await writeTinyBlip(at('whole'), { encoder: true, decoder: true, heads: true });
  await writeTinyBlip(at('captioner'), { encoder: false, decoder: true, heads: false });
  await mkdir(at('web'));
  const rows = ['file_name\ttext'];
  for (const [i, colour] of ['#d02010', '#1030d0', '#10b020', '#a0a0a0', '#202020', '#f0e010'].entries()) {
    await writePicture(at(`web/${i}.png`), colour);
    rows.push(`${i}.png\t${i % 2 ? 'two dogs' : 'a red apple'}`);
  }
  await writeFile(at('web/broken.jpg'), 'no picture');
  await writeFile(at('web/captions.tsv'), [...rows, 'broken.jpg\ta dog', 'gone.png\ta dog'].join('\n'));
});
afterAll(() => rm(root, { recursive: true }));

const bootstrap = (out: string, ...argv: string[]) => [
  ...['bootstrap', at('web'), '--captioner', at('whole'), '--out', at(out), '--batch', '2', '--max-tokens', '6'],
  ...argv,
];
const candidates = (out: string) => readFileSync(at(`${out}/candidates.jsonl`), 'utf8');

test('a noisy folder becomes a set that other commands open, and says what it left out', async () => {
  const { code, stdout, stderr } = await sightread(bootstrap('clean', '--threshold', '0.3'));
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^ +kept +keep rate +mean score\nweb +\d of 7 .*%.*\nsynthetic +\d of 6 .*%.*\n\d of 7 pictures kept in /,
  );
  expect(stderr).toMatch(/broken\.jpg: is not a picture/);
  expect(stderr).toMatch(/captions\.tsv:9: gone\.png is not there/);
  expect(stderr).toContain(`1 row and 1 picture cannot be used; all are in ${at('clean')}/candidates.jsonl\n`);
  const kept = candidates('clean').match(/"kept":true/g)?.length ?? 0;
  expect(kept).toBeGreaterThan(2);
  const shown = await sightread(['data', 'show', at('clean'), '--html', at('look.html')]);
  expect(shown.code).toBe(0);
  const texts = candidates('clean')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  for (const { text } of texts.filter((one) => one.kept)) expect(shown.stdout).toContain(text);
  expect(readFileSync(at('look.html'), 'utf8')).toContain('data:image/png');
});

test('--human adds pairs without judging them, and --dtype is of both models', async () => {
  await mkdir(at('people/pictures'), { recursive: true });
  await writePicture(at('people/pictures/h.png'), '#d02010');
  await writeFile(at('people/list.tsv'), 'file_name\ttext\nh.png\twhat somebody saw\n');
  const human = ['--human', at('people/list.tsv'), '--human-images', at('people/pictures'), '--dtype', 'q8'];
  const { code, stdout, stderr } = await sightread(bootstrap('with-human', ...human));
  expect(code).toBe(0);
  // So small a model has nothing to reduce, which is said.
  expect(stderr).toMatch(/warning: .*q8/);
  expect(stdout).toMatch(/\nhuman +1 of 1 +100\.0 % +–\n\d of 7 pictures kept, and 1 with human texts in /);
  expect(readFileSync(at('with-human/metadata.jsonl'), 'utf8')).toContain(
    '{"file_name":"images/human/000000/000000000.png","text":"what somebody saw","source":"human","id":"h.png"}\n',
  );
  const { settings } = JSON.parse(readFileSync(at('with-human/report.json'), 'utf8'));
  expect(settings).toMatchObject({ human: at('people/list.tsv'), humanImages: at('people/pictures'), dtype: 'q8' });
  const refused = await sightread(bootstrap('with-human', ...human.with(-1, 'fp32')));
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('dtype was "q8", is "fp32"');
  expect((await sightread(bootstrap('no', '--human', at('none.tsv')))).stderr).toMatch(/none\.tsv: no such f/);
});

test('--json gives the report; two models, and the writing, are as asked for', async () => {
  const models = ['--captioner', at('captioner'), '--filter', at('whole')];
  const { code, stdout } = await sightread(bootstrap('json', ...models, '--beams', '2', '--limit', '4', '--json'));
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ finished: true, rows: 4, pictures: 4, sources: { web: { candidates: 4 } } });
  expect(report.settings).toMatchObject({
    ...{ source: at('web'), captioner: at('captioner'), filter: at('whole'), threshold: 0.5, seed: 0 },
    writing: { beams: 2, maxNewTokens: 6 },
  });
  expect(JSON.parse(readFileSync(at('json/report.json'), 'utf8'))).toEqual(report);
});

test('Ctrl-C stops after a whole batch, and the same command goes on to the same set', async () => {
  await sightread(bootstrap('never-stopped'));
  const stop = new AbortController();
  const stopped = await sightread(bootstrap('stopped'), {
    signal: stop.signal,
    terminal: true,
    onNotice: (text) => text.includes('4 rows') && stop.abort(),
  });
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain('stopped after 4 rows; the same command goes on from there\n');
  expect(candidates('stopped').length).toBeLessThan(candidates('never-stopped').length);
  expect((await sightread(bootstrap('stopped'))).code).toBe(0);
  expect(candidates('stopped')).toBe(candidates('never-stopped'));
});

test('what cannot work is refused before anything is written', async () => {
  const refused = async (argv: string[], says: RegExp, code = 2) => {
    const ran = await sightread(argv);
    expect(ran.stderr).toMatch(says);
    expect(ran).toMatchObject({ code, stdout: '' });
  };
  await refused(bootstrap('no', '--captioner', at('captioner')), /captioner cannot match; its file serves caption/);
  await refused(bootstrap('no', '--threshold', '2'), /Give a number above 0 and at most 1/);
  await refused(bootstrap('web/out'), /--out .*web\/out: lies in the source/);
  await refused(bootstrap('no').with(1, at('nowhere')), /nowhere: no such f/);
  expect(existsSync(at('no'))).toBe(false);
  await refused(bootstrap('clean'), /clean: the set there was begun otherwise \(threshold was 0\.3, is 0\.5\)/);
  await mkdir(at('unreadable'));
  await symlink(at('web/broken.jpg'), at('unreadable/a.jpg'));
  await writeFile(at('unreadable/a.txt'), 'a dog');
  const none = await sightread(bootstrap('none').with(1, at('unreadable')));
  expect(none.code).toBe(1);
  expect(none.stdout).toContain('0 of 1 picture kept in');
});
