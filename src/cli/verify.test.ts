import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sightread } from './testing.ts';

const goldens = fileURLToPath(new URL('../../test/goldens/', import.meta.url));
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-verify-'));
});
afterAll(() => rm(root, { recursive: true }));

/** A copy of a case with something changed in its golden.json. */
async function changed<T extends object>(name: string, from: string, change: (golden: T) => void): Promise<string> {
  const folder = join(root, name);
  await cp(join(goldens, from), folder, { recursive: true });
  const golden = JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8'));
  change(golden);
  await writeFile(join(folder, 'golden.json'), JSON.stringify(golden));
  return folder;
}

test('a model, and a folder of tokenizers: a line each', async () => {
  const { code, stdout, stderr } = await sightread([
    'verify',
    join(goldens, 'models/git-image'),
    join(goldens, 'tokenizers'),
  ]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^5 passed, 0 failed, 0 skipped\n$/);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[0]).toMatch(
    /^passed {3}git-image {2}loss \d\.\de[+-]\d+ {2}logits .* gradients \d\.\de-\d \(8\) {2}generate/,
  );
  expect(lines[0]).toContain('6/6 equal');
  expect(lines[1]).toBe('passed   bpe-clip  tokenizer.json 67/67 equal  vocab.json 67/67 equal');
});

test('the pictures', async () => {
  const { code, stdout } = await sightread(['verify', join(goldens, 'images'), '--json']);
  expect(code).toBe(0);
  const [{ status, checks }] = JSON.parse(stdout) as { status: string; checks: { name: string; error?: number }[] }[];
  expect(status).toBe('passed');
  const errors = (prefix: string) => checks.filter(({ name }) => name.startsWith(prefix)).map(({ error = 0 }) => error);
  expect(errors('resize/').length).toBeGreaterThan(50);
  expect(Math.max(...errors('resize/'))).toBe(0);
  expect(Math.max(...errors('pixel_values/'))).toBeLessThanOrEqual(1e-6);
});

test('a tolerance that is passed is a failure, by name and number', async () => {
  const folder = await changed('strict', 'models/bert-model', (golden) => Object.assign(golden, { atol: 0, rtol: 0 }));
  const { code, stdout, stderr } = await sightread(['verify', folder]);
  expect(code).toBe(1);
  expect(stderr).toBe('0 passed, 1 failed, 0 skipped\n');
  expect(stdout).toMatch(/^failed {3}strict /);
  expect(stdout).toMatch(/\n +BAD {2}last_hidden_state {2}\d\.\de-\d\n/);
});

test('a generated id that differs is a failure', async () => {
  const folder = await changed('other', 'models/git-image', (golden: { generate: { token_ids: number[][] }[] }) => {
    golden.generate[0].token_ids[0][1]++;
  });
  const { code, stdout } = await sightread(['verify', folder]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/BAD {2}generate 0 {2}\[\[.*\]\], stored \[\[/);
});

test('a wrong word is a failure', async () => {
  const folder = await changed('words', 'tokenizers/wordpiece', (golden: { cases: { decoded: string }[] }) => {
    golden.cases[0].decoded += '!';
  });
  const { code, stdout } = await sightread(['verify', folder]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/BAD {2}tokenizer\.json 0 {2}.*: decoded /);
});

test('a class that is not here is skipped and counted; a broken case is a failure, not an end', async () => {
  const odd = await changed('odd', 'models/bert-model', (golden) => Object.assign(golden, { class: 'OddModel' }));
  const broken = await changed('broken', 'models/bert-model', (golden) =>
    Object.assign(golden, { outputs: ['nothing'] }),
  );
  const { code, stdout, stderr } = await sightread(['verify', odd, broken, join(goldens, 'models/bert-model')]);
  expect(code).toBe(1);
  expect(stdout).toContain('skipped  odd  no class OddModel here yet\n');
  expect(stdout).toMatch(/failed {3}broken {2}.*nothing/);
  expect(stderr).toBe('1 passed, 1 failed, 1 skipped\n');
  expect((await sightread(['verify', odd])).code).toBe(0);
});

test('folders without cases, and no folders, are refused', async () => {
  const { code, stderr } = await sightread(['verify', join(goldens, 'metrics')]);
  expect(code).toBe(2);
  expect(stderr).toContain('holds no case');
  expect((await sightread(['verify', join(root, 'absent')])).stderr).toContain('no such folder; check the path');
});
