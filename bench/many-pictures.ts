/**
 * `sightread caption FOLDER` on many pictures: how throughput grows with --batch, and whether memory stays flat. Runs the
 * command itself, on pictures that it draws, with the captioner inside.
 *
 *     npx tsx bench/many-pictures.ts batches [--rounds 3] [--pictures 256]
 *     npx tsx --expose-gc bench/many-pictures.ts memory [--pictures 10000] [--batch 8]
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { run } from '../src/cli/run.ts';
import { Random } from '../src/data/random.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pictures: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    batch: { type: 'string', default: '8' },
  },
});

/** A disc on a ground, both of colours of their own, with grain as photographs have it. */
async function draw(i: number, [width, height]: readonly [number, number], type: 'png' | 'jpeg'): Promise<Buffer> {
  const random = new Random(31, i);
  const colour = () => `hsl(${random.below(360)} 60% ${30 + random.below(40)}%)`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${colour()}"/><circle cx="50%" cy="50%" r="${Math.round(height / 3)}" fill="${colour()}"/></svg>`;
  const drawing = sharp(Buffer.from(svg));
  if (type === 'png') return await drawing.png({ palette: true }).toBuffer();
  const grain = {
    create: { width, height, channels: 3, background: 'grey', noise: { type: 'gaussian', mean: 128, sigma: 20 } },
  } as const;
  return await drawing
    .composite([{ input: await sharp(grain).png().toBuffer(), blend: 'soft-light' }])
    .jpeg({ quality: 85 })
    .toBuffer();
}

async function folderOf(
  root: string,
  name: string,
  count: number,
  size: readonly [number, number],
  type: 'png' | 'jpeg',
) {
  const folder = join(root, name);
  await mkdir(folder);
  for (let i = 0; i < count; i++) await writeFile(join(folder, `${i}.${type}`), await draw(i, size, type));
  return folder;
}

/** Captions a folder as the command does. `onLine` is told how many captions are written. */
async function caption(folder: string, batch: number, onLine: (lines: number) => void = () => {}): Promise<void> {
  let lines = 0;
  const code = await run(['caption', folder, '--batch', String(batch)], {
    stdin: process.stdin,
    stdout: { write: () => onLine(++lines) },
    stderr: process.stderr,
    env: process.env,
    signal: new AbortController().signal,
  });
  if (code !== 0) throw new Error(`caption ended with ${code}`);
}

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Captions that are written before the clock starts: the model is open by then, and its weights are repacked. */
const before = 32;

/**
 * Batches in turn within each round, so that other work on the machine meets all alike. Processor time is that of all
 * threads, and hardly depends on what else runs.
 */
async function showBatches(root: string): Promise<void> {
  const count = Number(values.pictures ?? 256);
  const folders = {
    'PNG 160 × 160': await folderOf(root, 'small', count, [160, 160], 'png'),
    'JPEG 640 × 480': await folderOf(root, 'photos', count, [640, 480], 'jpeg'),
  };
  for (const [name, folder] of Object.entries(folders)) {
    const measured = [1, 2, 4, 8, 16, 32].map((batch) => ({ batch, wall: [] as number[], cpu: [] as number[] }));
    for (let round = 0; round < Number(values.rounds); round++)
      for (const { batch, wall, cpu } of measured) {
        let [start, used] = [0, process.cpuUsage()];
        await caption(folder, batch, (lines) => {
          if (lines === before) [start, used] = [performance.now(), process.cpuUsage()];
        });
        const { user, system } = process.cpuUsage(used);
        wall.push((performance.now() - start) / (count - before));
        cpu.push((user + system) / 1000 / (count - before));
      }
    for (const { batch, wall, cpu } of measured)
      console.log(
        `${name}, batch ${batch}: ${(1000 / median(wall)).toFixed(1)} pictures/s, ${median(cpu).toFixed(1)} ms of processor time a picture, ${(median(cpu) / median(wall)).toFixed(2)} of ${availableParallelism()} cores busy`,
      );
  }
}

async function showMemory(root: string): Promise<void> {
  const count = Number(values.pictures ?? 10_000);
  const folder = await folderOf(root, 'many', count, [160, 160], 'png');
  const start = performance.now();
  const step = Math.max(1, Math.floor(count / 10));
  await caption(folder, Number(values.batch), (lines) => {
    if (lines % step !== 0 && lines !== Math.ceil(step / 10)) return;
    globalThis.gc?.();
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
    const pace = (1000 * lines) / (performance.now() - start);
    console.log(
      `${lines} pictures: ${mb(rss)}, heap ${mb(heapUsed)}, arrays ${mb(arrayBuffers)}; ${pace.toFixed(1)} pictures/s`,
    );
  });
  console.log(`most at any time: ${((process.resourceUsage().maxRSS * 1024) / 1e6).toFixed(1)} MB`);
}

const root = await mkdtemp(join(tmpdir(), 'many-pictures-'));
try {
  if (positionals[0] === 'memory') await showMemory(root);
  else await showBatches(root);
} finally {
  await rm(root, { recursive: true });
}
