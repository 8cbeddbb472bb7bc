/** The README's examples, executed: library blocks as modules, command lines through the command's own entry. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from '../src/cli/run.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const drafts = `${root}.cache/readme/`;
mkdirSync(drafts, { recursive: true });
afterAll(() => rmSync(drafts, { recursive: true, force: true }));

const blocks = (file: string, language: string) =>
  [...readFileSync(root + file, 'utf8').matchAll(/```(\w+)\n(.*?)```/gs)].flatMap(([, name, body]) =>
    name === language ? [body] : [],
  );

/** The package's own name stands for its source here. */
const fromSource = (code: string) =>
  code
    .replaceAll("'sightread'", `'${root}src/index.ts'`)
    .replaceAll(/'sightread\/([\w/]+)'/g, (_, path: string) => `'${root}src/${path}/index.ts'`);

describe.each(['README.md', 'README.ja.md'])('%s', (file) => {
  test.each(blocks(file, 'ts').map((code, i) => ({ i, code })))('library example $i runs', async ({ i, code }) => {
    const draft = `${drafts}${file}-${i}.ts`;
    writeFileSync(draft, fromSource(code));
    await expect(import(draft)).resolves.toBeDefined();
  });

  const commands = blocks(file, 'sh')
    .flatMap((body) => body.split('\n'))
    .filter((line) => line.startsWith('sightread '));
  test.each(commands)('%s', async (line) => {
    const { code, stdout, stderr } = await runLine(line.split(' ').slice(1));
    expect(stderr + stdout).not.toContain('    at ');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout.length).toBeGreaterThan(0);
  });
});

async function runLine(argv: string[]) {
  const text = { stdout: '', stderr: '' };
  const output = (name: keyof typeof text) => ({ write: (part: string) => (text[name] += part) });
  const code = await run(argv, {
    stdin: process.stdin,
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: process.env,
    signal: new AbortController().signal,
  });
  return { code, ...text };
}
