/**
 * A checkpoint that is larger than memory would be in fp32: a full-size random OPT-2.7B in half-precision shards (5.3 GB;
 * 10.6 GB in fp32), opened and made to write, in a process of its own for each precision, whose greatest memory is
 * measured.
 *
 *     npx tsx bench/big-file.ts [--dtypes file,q8,q4] [--tokens 16] [--folder .cache/bench/opt-2.7b]
 *
 * `file` is the precision of the file. A first process packs where a precision needs it; a second one opens what it left.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { load } from '../src/models/load.ts';
import { writeBigModel } from './big-model.ts';

interface Measured {
  /** Until the text begins: files bound, packed where that is asked for, program open. */
  openSeconds: number;
  tokens: number;
  tokensPerSecond: number;
  peakGB: number;
  text: string;
}

const { values } = parseArgs({
  options: {
    dtypes: { type: 'string', default: 'file,q8,q4' },
    tokens: { type: 'string', default: '16' },
    folder: { type: 'string', default: join(import.meta.dirname, '..', '.cache', 'bench', 'opt-2.7b') },
    only: { type: 'string' },
  },
});
const { folder, only } = values;
const tokens = Number(values.tokens);

if (only) console.log(JSON.stringify(await measure(only)));
else {
  await writeBigModel(folder);
  console.log('| precision | process | peak memory, GB | opening, s | tokens / s |');
  console.log('| --- | --- | ---: | ---: | ---: |');
  for (const dtype of values.dtypes.split(','))
    for (const process of dtype === 'file' ? ['opens'] : ['packs and opens', 'opens']) {
      const { peakGB, openSeconds, tokensPerSecond } = await apart(dtype);
      const row = [dtype, process, ...[peakGB, openSeconds, tokensPerSecond].map((n) => n.toFixed(2))];
      console.log(`| ${row.join(' | ')} |`);
    }
}

/** Opens the model and goes on with a text, here and now. */
async function measure(dtype: string): Promise<Measured> {
  const start = performance.now();
  const since = () => (performance.now() - start) / 1000;
  await using model = await load(folder, dtype === 'file' ? {} : { dtype });
  let written = { tokens: 0, seconds: 0 };
  let openSeconds = 0;
  const options = { minNewTokens: tokens, maxNewTokens: tokens, onWritten: (all: typeof written) => (written = all) };
  // A stream begins with the words that the text starts from.
  const begun = () => (openSeconds ||= since());
  const [{ text }] = await model.complete!(['A photo of'], { ...options, onText: begun });
  return {
    openSeconds,
    tokens: written.tokens,
    tokensPerSecond: written.tokens / written.seconds,
    peakGB: (process.resourceUsage().maxRSS * 1024) / 1e9,
    text,
  };
}

/** The same in a process of its own. */
async function apart(dtype: string): Promise<Measured> {
  const own = ['--only', dtype, '--tokens', String(tokens), '--folder', folder];
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), ...own], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const piece of child.stdout) output += piece;
  return JSON.parse(output) as Measured;
}
