/**
 * CapFilt on more and more pictures: how the rate and the memory of `bootstrap` grow from 1,000 to 10,000 pictures. A small
 * BLIP with random weights captions and judges drawings that an archive might hold; two texts are judged for each.
 *
 *     npx tsx --expose-gc bench/capfilt.ts [--pictures 10000] [--threads 2]
 */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { bootstrap } from '../src/bootstrap/index.ts';
import type { Pair } from '../src/data/index.ts';
import { load } from '../src/models/load.ts';
import { drawing, places, prepare, sentence } from './models.ts';

const { values } = parseArgs({
  options: { pictures: { type: 'string', default: '10000' }, threads: { type: 'string', default: '2' } },
});
const [wanted, threads] = [values.pictures, values.threads].map(Number);
const marks = [0.1, 0.2, 0.5, 1].map((share) => Math.round(share * wanted));

await prepare(new Set([places.blipDemo]));
await using model = await load(places.blipDemo, { threads });
const different = 64;
const files = await Promise.all(
  Array.from({ length: different }, (_, i) => {
    const { width, height, data } = drawing(160, 120, i);
    return sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90 })
      .toBuffer();
  }),
);

async function* pairs(): AsyncGenerator<Pair> {
  for (let i = 0; i < wanted; i++)
    yield {
      id: String(i),
      text: sentence(8, i),
      source: 'drawn',
      picture: { bytes: Uint8Array.from(files[i % different]) },
    };
}

const out = join(tmpdir(), `sightread-capfilt-${process.pid}`);
const writing = { sample: true, topP: 0.9, topK: 0, minNewTokens: 10, maxNewTokens: 10 };
const start = performance.now();
let [done, seconds] = [0, 0];
console.log('pictures | s since start | pictures/s since the line before | resident MB | of it arrays MB');
try {
  await bootstrap(pairs(), {
    captioner: model,
    filter: model,
    out,
    writing,
    onProgress({ rows }) {
      if (rows < (marks[0] ?? Number.POSITIVE_INFINITY)) return;
      marks.shift();
      globalThis.gc?.();
      const now = (performance.now() - start) / 1000;
      const { rss, arrayBuffers } = process.memoryUsage();
      const rate = (rows - done) / (now - seconds);
      const cells = [rows, now.toFixed(1), rate.toFixed(1), (rss / 1e6).toFixed(0), (arrayBuffers / 1e6).toFixed(1)];
      console.log(cells.join(' | '));
      [done, seconds] = [rows, now];
    },
  });
  console.log(`whole, report included: ${((performance.now() - start) / 1000).toFixed(1)} s`);
} finally {
  await rm(out, { recursive: true, force: true });
}
