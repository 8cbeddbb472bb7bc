import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program } from './program.ts';
import type { Session } from './session.ts';
import { sightread, writeTinyGit } from './testing.ts';

const tree = program({ stdout: {}, stderr: {} } as Session);
const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
const leaves = (command: Command, path: string[] = []): string[][] =>
  command.commands.length ? command.commands.flatMap((child) => leaves(child, [...path, child.name()])) : [path];

describe('help', () => {
  test.each(leaves(tree).map((path) => [path.join(' '), path] as const))('%s has examples', async (name, path) => {
    const { code, stdout, stderr } = await sightread([...path, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: sightread ${name}`);
    expect(stdout.split(`$ sightread ${name}`).length).toBeGreaterThan(2);
  });

  test('every command is in the list, with a line about it', async () => {
    const { stdout } = await sightread(['--help']);
    for (const command of tree.commands) {
      expect(command.summary()).not.toBe('');
      expect(stdout).toContain(command.summary());
    }
  });

  test('the version is the one of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await sightread(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

test('docs/cli.md explains every command and option', () => {
  const docs = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  for (const command of all(tree)) {
    expect(docs).toContain(command.name());
    for (const { long } of command.options) if (long !== '--version') expect(docs).toContain(long);
  }
});

test('a command line that needs no model loads nothing but commander and the command tree', () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const walk = (file: URL) => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    const source = readFileSync(file, 'utf8');
    for (const [, names, from] of source.matchAll(/^(?:import|export) (?!type )([^;]*?from )?'([^']+)';/gm)) {
      if (from.startsWith('.')) walk(new URL(from, file));
      else if (!from.startsWith('node:') && /\b(?!type )\w/.test(names)) packages.add(from);
    }
  };
  walk(new URL('./main.ts', import.meta.url));
  expect([...packages]).toEqual(['commander']);
  const rooms = [...seen].filter((file) => !/\/cli\/(\w+|commands\/\w+)\.ts$/.test(file));
  expect(rooms.map((file) => file.split('/src/')[1])).toEqual(['core/errors.ts']);
  expect([...seen].some((file) => file.endsWith('/commands/caption.ts'))).toBe(true);
});

test.each([
  [['captoin', 'x.png'], /unknown command 'captoin'\n\(Did you mean caption\?\)/],
  [['caption', 'x.png', '--bems', '3'], /unknown option '--bems'\n\(Did you mean --beams\?\)/],
  [['caption'], /missing required argument 'pictures'/],
  [['caption', 'x.png', '--beams', 'many'], /'many' is invalid\. Give a whole number from 1 on/],
  [['caption', 'x.png', '--top-p', '1.5'], /Give a number above 0 and at most 1/],
  [['classify', 'x.png'], /required option '-l, --labels <list>' not specified/],
  [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
])('%j is refused with 2', async (argv, says) => {
  const { code, stdout, stderr } = await sightread(argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(says);
});

describe('completion', () => {
  const complete = async (...words: string[]) => {
    const { stdout } = await sightread(['completion', 'bash']);
    const typed = ['sightread', ...words].map((word) => `'${word}'`).join(' ');
    const call = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _sightread; echo "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', `${stdout}\n${call}`], { encoding: 'utf8' }).trim();
  };

  test('bash completes commands, options and words', async () => {
    expect(await complete('capt')).toBe('caption');
    expect(await complete('caption', '--m')).toBe('--model --max-tokens --min-tokens');
    expect(await complete('caption', '--beams', '3', '--js')).toBe('--json');
    expect(await complete('completion', '')).toBe('bash zsh fish');
    expect(await complete('data', '')).toBe('build card show');
    expect(await complete('data', 'show', '--h')).toBe('--html --help');
    expect(await complete('caption', 'pict')).toBe('');
  });

  test('the other shells get every command and option too', async () => {
    for (const shell of ['zsh', 'fish']) {
      const { stdout } = await sightread(['completion', shell]);
      for (const command of tree.commands)
        for (const word of [command.name(), ...command.options.map(({ long }) => (long as string).slice(2))])
          expect(stdout).toContain(word);
    }
  });
});

describe('models', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'sightread-models-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  test('lists what is known and what is in the cache', async () => {
    const commit = 'a'.repeat(40);
    await writeTinyGit(join(root, `models--someone--tiny-git/snapshots/${commit}`));
    await writeTinyGit(join(root, `models--microsoft--git-base/snapshots/${commit}`));
    const { mkdir, writeFile } = await import('node:fs/promises');
    for (const name of ['someone--tiny-git', 'microsoft--git-base']) {
      await mkdir(join(root, `models--${name}/refs`));
      await writeFile(join(root, `models--${name}/refs/main`), commit);
    }
    const env = { HF_HUB_CACHE: root };
    const { code, stdout } = await sightread(['models', '--json'], { env });
    expect(code).toBe(0);
    const rows = JSON.parse(stdout) as { id: string; default: boolean; bytes?: number; family: string }[];
    const row = (id: string) => rows.find((one) => one.id === id);
    expect(row('sightread/captioner')).toMatchObject({ default: true, family: 'git' });
    expect(row('microsoft/git-base')?.bytes).toBeGreaterThan(200_000);
    expect(row('microsoft/git-large')?.bytes).toBeUndefined();
    expect(row('someone/tiny-git')).toMatchObject({ default: false, family: 'git' });
    const lines = (await sightread(['models'], { env })).stdout.split('\n');
    expect(lines.filter((line) => line.startsWith('*'))).toEqual([expect.stringContaining('sightread/captioner')]);
  });

  test('inspect shows each layer once, with what it costs', async () => {
    const folder = join(root, 'tiny');
    await writeTinyGit(folder);
    const { code, stdout } = await sightread(['inspect', folder]);
    expect(code).toBe(0);
    expect(stdout).toContain('0…1                                   2 × 8.54 k');
    expect(stdout).toMatch(/query, key, value +3 × 1\.06 k/);
    expect(stdout).toMatch(/parameters {2}60\.3 k in 65 tensors \(60\.3 k float32\)\nmemory +241 kB/);
    const shallow = (await sightread(['inspect', folder, '--depth', '1'])).stdout;
    expect(shallow.trimEnd().split('\n\n')[1].split('\n')).toHaveLength(2);

    const { work, tensors, parameters } = JSON.parse((await sightread(['inspect', folder, '--json'])).stdout);
    expect(tensors).toHaveLength(65);
    const numbers = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
    expect(parameters).toBe(tensors.reduce((sum: number, { shape }: { shape: number[] }) => sum + numbers(shape), 0));
    // Five tokens of 32 numbers: 2 · 5 · 32 · 12 · 32 for the products of each of three blocks, and a little more.
    const blocks = 3 * 2 * 5 * 32 * (4 * 32 + 2 * 64);
    expect(work).toMatchObject({ input: [1, 3, 32, 32], pictureTokens: 5 });
    expect(work.picture).toBeGreaterThan(blocks);
    expect(work.picture).toBeLessThan(1.8 * blocks);
    expect(work.token).toBeGreaterThan(2 * 32 * (2 * (4 * 32 + 2 * 64) + 101));
  });

  test('inspect takes any checkpoint, also without a family', async () => {
    const file = join(root, 'tiny/model.safetensors');
    expect((await sightread(['inspect', file, '--json'])).code).toBe(0);
    const bert = new URL('../../test/goldens/models/bert-model/', import.meta.url).pathname;
    const { stdout } = await sightread(['inspect', bert, '--depth', '1']);
    expect(stdout).toContain('(bert)');
    expect(stdout).toContain('tasks       none that can be asked here');
    expect(stdout).toContain('work        not known for this family');
  });
});
