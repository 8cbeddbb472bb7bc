// Imports point one way (docs/architecture.md): a room may import only the rooms listed for it, and no file cycle may exist.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const allowed = {
  core: [],
  precision: ['core'],
  runtime: ['core', 'precision'],
  checkpoint: ['core', 'runtime', 'precision'],
  image: ['core'],
  text: ['core'],
  metrics: [],
  nn: ['core'],
  generate: ['core', 'runtime'],
  models: ['core', 'precision', 'runtime', 'checkpoint', 'image', 'text', 'nn', 'generate'],
  data: ['core', 'image', 'text'],
  train: ['core', 'runtime', 'checkpoint', 'data'],
  verify: ['core', 'runtime', 'checkpoint', 'image', 'text', 'generate', 'models'],
  bootstrap: ['core', 'image', 'models', 'data', 'train'],
  cli: '*',
  '.': '*',
};

const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '../src');
const files = (dir) =>
  readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : [];
  });
const room = (path) => {
  const parts = relative(root, path).split('/');
  return parts.length === 1 ? '.' : parts[0];
};

const graph = new Map();
const problems = [];
for (const file of files(root)) {
  const source = readFileSync(file, 'utf8');
  const targets = [];
  for (const [statement, specifier] of source.matchAll(/^(?:import|export)\b[^;]*?from '(\.[^']+)'/gms)) {
    const target = resolve(dirname(file), specifier);
    // A type leaves no trace at run time, so a type-only import may close a file cycle, but never a cycle of rooms.
    if (!/^(?:import|export) type\b/.test(statement)) targets.push(target);
    if (file.endsWith('.test.ts')) continue;
    const from = room(file);
    const to = room(target);
    if (from !== to && allowed[from] !== '*' && !allowed[from]?.includes(to))
      problems.push(`${relative(root, file)} imports ${relative(root, target)}: ${from}/ may not import ${to}/`);
  }
  graph.set(file, targets);
}

const state = new Map();
const walk = (file, trail) => {
  if (state.get(file) === 'done' || !graph.has(file)) return;
  if (state.get(file) === 'open') {
    problems.push(`cycle: ${[...trail.slice(trail.indexOf(file)), file].map((f) => relative(root, f)).join(' → ')}`);
    return;
  }
  state.set(file, 'open');
  for (const next of graph.get(file)) walk(next, [...trail, file]);
  state.set(file, 'done');
};
for (const file of graph.keys()) walk(file, []);

if (problems.length) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`imports: ${graph.size} files, no cycles, no wrong-way imports`);
