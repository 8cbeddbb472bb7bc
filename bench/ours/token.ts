/** One token of a GIT caption after another, for the engine's times by operator. */
import { generate } from '../../src/generate/index.ts';
import { CachedDecoder } from '../../src/models/cached-decoder.ts';
import { compileSight, compileText, see } from '../../src/models/git/programs.ts';
import { answer, bind, job, pixels, profiled, readConfig, timed } from './worker.ts';

const config = readConfig();
const weights = await bind(config);
const { channels, imageSize } = config.vision;
const { threads, batch, tokens = 20, beams = 1, profile } = job;
await using sight = await compileSight(config, weights, { height: imageSize, width: imageSize }, { threads });
const textOptions = { threads, profile };
await using text = await compileText(config, weights, textOptions);
const memory = await see(sight, pixels([batch, channels, imageSize, imageSize]), config);
const prompts = { ids: Array.from({ length: batch }, () => [config.bos]) };
const options = { beams, minNewTokens: tokens, maxNewTokens: tokens, eos: config.eos, pad: config.pad };

const ms = await timed(() =>
  generate(new CachedDecoder({ program: text, text: config.text, memory }), prompts, options),
);
answer({ values: { ms: ms / tokens }, proof: [], operators: profiled(text, tokens) });
