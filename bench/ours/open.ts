/** From a folder's name to programs that are ready to run, in a process that has its libraries loaded. */
import { constant, float32 } from '../../src/core/index.ts';
import { compileSight, compileText } from '../../src/models/git/programs.ts';
import { evaluate } from '../../src/runtime/index.ts';
import { answer, bind, job, readConfig } from './worker.ts';

await evaluate({ one: constant(float32([1], [1])) });
const start = performance.now();
const config = readConfig();
const weights = await bind(config);
const { threads } = job;
const side = config.vision.imageSize;
const programs = await Promise.all([
  compileSight(config, weights, { height: side, width: side }, { threads }),
  compileText(config, weights, { threads }),
]);
const ms = performance.now() - start;
answer({ values: { ms }, proof: [weights.size] });
await Promise.all(programs.map((program) => program.release()));
