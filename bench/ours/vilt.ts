/**
 * ViLT from pixels and a question in memory to the logits of its answers. A batch is answered picture by picture, each of
 * its own size: no patch is padding, and one pair already fills the processor.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindWeights, openCheckpoint } from '../../src/checkpoint/index.ts';
import { int64, type NDArray, ParameterList } from '../../src/core/index.ts';
import { compileHead, traceHead } from '../../src/models/joint/index.ts';
import { viltConfig } from '../../src/models/vilt/config.ts';
import { keepPatches } from '../../src/models/vilt/patches.ts';
import { viltSource } from '../../src/models/vilt/tasks.ts';
import { viltNames } from '../../src/models/vilt/weights.ts';
import { answer, ids, job, pixels, profiled, timed } from './worker.ts';

/** Height and width of pictures whose shorter side is 384 pixels. The first is a photograph of 4 to 3; also in peer/vilt.py. */
const sizes = [
  [384, 512],
  [512, 384],
  [384, 576],
  [384, 384],
  [384, 512],
  [576, 384],
  [384, 608],
  [448, 384],
];

const config = viltConfig(JSON.parse(readFileSync(join(job.model, 'config.json'), 'utf8')));
const { channels, patchSize } = config.vision;
const processor = () => {
  throw new Error('pictures of this benchmark are numbers already');
};
const source = viltSource(config, ['classify'], { processor });
const list = new ParameterList();
traceHead(source, 'classify', list);
const checkpoint = await openCheckpoint(job.model);
const weights = await bindWeights({ wanted: list, checkpoint, names: viltNames(config) });
const runtime = { threads: job.threads, profile: job.profile };
await using program = await compileHead(source, 'classify', weights, runtime);

const tokens = job.tokens ?? 12;
const questions = ids(job.batch, tokens, config.text.vocabulary);
const feeds = sizes.slice(0, job.batch).map(([height, width], i): Record<string, NDArray> => {
  const [down, across] = [height / patchSize, width / patchSize];
  const patches = int64([1, down, across], Array(down * across).fill(1));
  return {
    pixels: pixels([1, channels, down, patchSize, across, patchSize]),
    patches,
    kept: keepPatches(patches),
    ids: { ...questions, shape: [1, tokens], data: questions.data.slice(i * tokens, (i + 1) * tokens) },
    mask: int64([1, tokens], Array(tokens).fill(1)),
    of: int64([1], [0]),
  };
});
const logits = new Map<number, Float32Array>();
const ms = await timed(async () => {
  for (const [i, feed] of feeds.entries()) logits.set(i, (await program.run(feed)).logits.data as Float32Array);
});
const proof = [...logits.values()].flatMap((row) => [...row.slice(0, 4)]);
answer({ values: { ms }, proof, operators: profiled(program) });
