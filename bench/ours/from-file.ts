/**
 * From a picture's file to an answer: ViLT, which reads patches, and UNITER, which reads what a Faster R-CNN of the
 * published size found. The regions come alone, too.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from '../../src/models/load.ts';
import { openDetector } from '../../src/models/regions/index.ts';
import { writeRegions } from '../../src/models/uniter/region-file.ts';
import { answer, job, timed } from './worker.ts';

const { threads, picture = '', stages = [] } = job;
const [patches, regions] = stages;
await using vilt = await load(patches.model, { threads });
await using uniter = await load(regions.model, { threads });
await using detector = await openDetector(job.model, { threads });
const [question] = patches.texts!;
const file = join(tmpdir(), `sightread-bench-${process.pid}.safetensors`);
let found = 0;
let detecting = 0;

const ofVilt = await timed(() => vilt.answer!(picture, question));
const ofUniter = await timed(async () => {
  const start = performance.now();
  const set = await detector.detect(picture);
  detecting = performance.now() - start;
  found = set.confidence.data.length;
  await writeRegions(file, set);
  await uniter.answer!(file, question);
});
rmSync(file, { force: true });
answer({ values: { regions: detecting, uniter: ofUniter, vilt: ofVilt }, proof: [found > 0 ? 'found' : 'nothing'] });
