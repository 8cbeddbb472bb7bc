#!/usr/bin/env node
/** The process: its streams, Ctrl-C, and a reader that goes away early, as `head` does. */
import { run } from './run.ts';

const stop = new AbortController();
process.on('SIGINT', () => {
  // The first asks for an orderly end, which a long native call may delay; the second does not ask.
  if (stop.signal.aborted) process.exit(130);
  stop.abort();
});
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });

const { stdin, stdout, stderr, env } = process;
const code = await run(process.argv.slice(2), { stdin, stdout, stderr, env, signal: stop.signal });
// Left to itself, a stopped process would go on waiting for what it no longer needs, such as standard input.
if (stop.signal.aborted) process.exit(code);
process.exitCode = code;
