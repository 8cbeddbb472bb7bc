/**
 * Bundles the command line into dist/cli: a process that loads 20 files starts faster than one that loads 400, and what a
 * command does not need stays in files of its own, which it never opens. The library beside it stays as tsc writes it.
 *
 * Every file of src/ lies in a folder of src/, and so do the bundled files in dist/: what is found through
 * `import.meta.url` has the same way to go.
 */
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'dist', 'cli');

/** Files that a Worker starts from: they are found by their name, beside the file that starts them. */
const workers = readdirSync(join(root, 'src'), { recursive: true })
  .filter((path) => path.endsWith('-worker.ts'))
  .map((path) => [basename(path, '.ts'), join('src', path)]);

rmSync(target, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/cli/main.ts', ...Object.fromEntries(workers) },
  outdir: target,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Native ones cannot be bundled; undici is large and rarely needed.
  external: ['onnxruntime-node', 'sharp', 'undici'],
  // Packages in the older form of modules ask for `require`, which files in the newer form lack.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});
chmodSync(join(target, 'main.js'), 0o755);
