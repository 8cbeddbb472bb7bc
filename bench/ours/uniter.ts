/** UNITER from a question and regions in memory to the logits of its answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindWeights, openCheckpoint } from '../../src/checkpoint/index.ts';
import { int64, ParameterList } from '../../src/core/index.ts';
import { compileHead, traceHead } from '../../src/models/joint/index.ts';
import { uniterConfig } from '../../src/models/uniter/config.ts';
import { locationNumbers } from '../../src/models/uniter/regions.ts';
import { uniterSource } from '../../src/models/uniter/tasks.ts';
import { uniterNames } from '../../src/models/uniter/weights.ts';
import { answer, ids, job, pixels, profiled, timed } from './worker.ts';

/** As many as bottom-up attention's fixed features have; also in peer/uniter.py. */
const regions = 36;

const config = uniterConfig(JSON.parse(readFileSync(join(job.model, 'config.json'), 'utf8')));
const source = uniterSource(config, ['classify']);
const list = new ParameterList();
traceHead(source, 'classify', list);
const checkpoint = await openCheckpoint(job.model);
const weights = await bindWeights({ wanted: list, checkpoint, names: uniterNames });
const runtime = { threads: job.threads, profile: job.profile };
await using program = await compileHead(source, 'classify', weights, runtime);

const { batch, tokens = 12 } = job;
const ones = (length: number) => int64([batch, length], Array(batch * length).fill(1));
const feeds = {
  features: pixels([batch, regions, config.regions.features]),
  locations: pixels([batch, regions, locationNumbers]),
  regionMask: ones(regions),
  ids: ids(batch, tokens, config.text.vocabulary),
  mask: ones(tokens),
  of: int64(
    [batch],
    Array.from({ length: batch }, (_, i) => i),
  ),
};
let logits = new Float32Array();
const ms = await timed(async () => {
  logits = (await program.run(feeds)).logits.data as Float32Array<ArrayBuffer>;
});
answer({ values: { ms }, proof: [...logits.slice(0, 4), ...logits.slice(-4)], operators: profiled(program) });
