/**
 * Whether memory stays flat: a small OPT writes many thousand tokens over many calls, with one long text among them, and
 * the process's memory is shown as it goes.
 *
 *     npx tsx --expose-gc bench/steady.ts [--tokens 10000]
 */
import { parseArgs } from 'node:util';
import { drawnParameters } from '../src/core/testing.ts';
import { generate } from '../src/generate/index.ts';
import { CachedDecoder } from '../src/models/cached-decoder.ts';
import { optConfig } from '../src/models/opt/config.ts';
import { compileOpt } from '../src/models/opt/programs.ts';
import { optParameters } from '../src/models/opt/tasks.ts';

const { values } = parseArgs({ options: { tokens: { type: 'string', default: '10000' } } });
const wanted = Number(values.tokens);
const { text } = optConfig({
  model_type: 'opt',
  vocab_size: 512,
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  ffn_dim: 128,
});
const drawn = drawnParameters(optParameters(text), { seed: 1, spread: 0.1 });
const weights = new Map([...drawn].map(([path, value]) => [path, { kind: 'data' as const, value }]));
await using program = await compileOpt(text, weights, { threads: 1 });

/** Texts of these lengths in turn; beams and prompts of unequal lengths among them. */
const calls = [
  { beams: 1, tokens: 40, prompts: [[2, 10]] },
  { beams: 4, tokens: 20, prompts: [[2], [2, 5, 6, 7]] },
  { beams: 1, tokens: 1000, prompts: [[2, 10]] },
];
const start = performance.now();
let written = 0;
let shown = 0;
for (let call = 0; written < wanted; call++) {
  const { beams, tokens, prompts } = calls[call % calls.length];
  const decoder = new CachedDecoder({ program, text });
  const options = { beams, minNewTokens: tokens, maxNewTokens: tokens, eos: 3, pad: 1 };
  const before = performance.now();
  await generate(decoder, { ids: prompts }, options);
  written += prompts.length * tokens;
  if (written - shown < wanted / 10) continue;
  shown = written;
  globalThis.gc?.();
  const { rss, arrayBuffers } = process.memoryUsage();
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const pace = (performance.now() - before) / tokens;
  console.log(`${written} tokens: ${mb(rss)}, arrays ${mb(arrayBuffers)}; ${pace.toFixed(2)} ms a step (${tokens})`);
}
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
