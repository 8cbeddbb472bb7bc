/** A whole caption: pixels in memory to token ids, the picture tower included. */

import { generate } from '../../src/generate/index.ts';
import { CachedDecoder } from '../../src/models/cached-decoder.ts';
import { compileSight, compileText, see } from '../../src/models/git/programs.ts';
import { answer, bind, job, pixels, profiled, readConfig, timed } from './worker.ts';

const config = readConfig();
const weights = await bind(config);
const { channels, imageSize } = config.vision;
const { threads, tokens = 20, beams = 1, profile } = job;
await using sight = await compileSight(config, weights, { height: imageSize, width: imageSize }, { threads });
const textOptions = { threads, profile };
await using text = await compileText(config, weights, textOptions);
const feeds = { pixels: pixels([job.batch, channels, imageSize, imageSize]) };
const prompts = { ids: Array.from({ length: job.batch }, () => [config.bos]) };
const options = { beams, minNewTokens: tokens, maxNewTokens: tokens, eos: config.eos, pad: config.pad };

let written: number[][] = [];
const ms = await timed(async () => {
  const memory = await see(sight, feeds.pixels, config);
  const decoder = new CachedDecoder({ program: text, text: config.text, memory });
  written = (await generate(decoder, prompts, options)).tokens;
});
answer({ values: { ms }, proof: written.flat(), operators: profiled(text, (job.warmup + job.repeat) * tokens) });
