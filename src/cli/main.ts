#!/usr/bin/env node
/** The process: its streams, Ctrl-C, and a reader that goes away early, as `head` does. */
import { run } from './run.ts';

// ONNX Runtime 1.30 reports its use over the network on Linux unless told not to, and the code that would do so reads
// /proc/self/cmdline in a way that crashes the process when the command line is longer than 25 kB (many pictures).
process.env.ORT_DISABLE_TELEMETRY ??= '1';

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
