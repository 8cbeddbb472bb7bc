/** The picture tower alone: pixels in memory to normed tokens in memory. */
import { dim, input, ParameterList } from '../../src/core/index.ts';
import { git } from '../../src/models/git/model.ts';
import { picturesAtOnce, repackSight } from '../../src/models/running.ts';
import { compile, runInParts } from '../../src/runtime/index.ts';
import { answer, bind, job, pixels, profiled, readConfig, timed } from './worker.ts';

const config = readConfig();
const { channels, imageSize } = config.vision;
const model = git(new ParameterList().root, config);
const tokens = model.see(input('pixels', [dim('pictures'), channels, imageSize, imageSize]));
await using program = await compile(
  { tokens },
  // As the caption programs are compiled (src/models/git/programs.ts).
  {
    weights: await bind(config),
    threads: job.threads,
    prepack: repackSight,
    profile: job.profile,
  },
);
const feeds = { pixels: pixels([job.batch, channels, imageSize, imageSize]) };
const rows = picturesAtOnce(1 + (imageSize / config.vision.patchSize) ** 2);
const ms = await timed(() => runInParts(program, feeds, { rows }));
const operators = profiled(program);
// A released program ends its profile, so the proof comes from the same program only where none was asked for.
const data = operators ? [] : ((await runInParts(program, feeds, { rows })).tokens.data as Float32Array);
answer({ values: { ms }, proof: [...data.slice(0, 4), ...data.slice(-4)], operators });
