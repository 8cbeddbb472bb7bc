/**
 * The benchmark: this package beside PyTorch and transformers, with the same weights on the same machine.
 *
 *     npm run build && npx tsx bench/run.ts [--only NAME,…] [--runs N] [--threads N] [--profile] [--json] [--write]
 *
 * SIGHTREAD_PYTHON names a Python that has torch, transformers and pillow; without one, only our side is measured.
 * `--profile` adds times by operator; `--write` implies it and renews bench/RESULTS.md.
 */
import { parseArgs } from 'node:util';
import { cases } from './cases.ts';
import { describeMachine } from './machine.ts';
import { measure, type Outcome } from './measure.ts';
import { prepare } from './models.ts';
import { notes, profileTable, progress, type Results, table, writeResults } from './report.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    runs: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    profile: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const [runs, threads] = [values.runs, values.threads].map(Number);
if (![runs, threads].every((n) => Number.isInteger(n) && n > 0))
  stop('--runs and --threads take whole numbers from 1 on');
const only = values.only?.flatMap((names) => names.split(','));
const unknown = only?.filter((name) => !cases.some((test) => test.name === name)) ?? [];
if (unknown.length) stop(`no case ${unknown.join(', ')}; there are ${cases.map((test) => test.name).join(', ')}`);
if (values.write && only) stop('--write renews the whole table: leave --only out');

await prepare();
const machine = await describeMachine();
const profile = values.profile || values.write;
const outcomes = new Map<string, Outcome>();
const skipped = new Map<string, string>();
for (const test of cases) {
  if (only && !only.includes(test.name)) continue;
  const missing = test.missing?.();
  if (missing) {
    skipped.set(test.name, missing);
    continue;
  }
  console.error(`${test.name} …`);
  const outcome = await measure(test, { runs, threads, peer: machine.peer.present, profile });
  outcomes.set(test.name, outcome);
  for (const line of outcome.lines) console.error(progress(line));
}

const results: Results = { machine, runs, threads, outcomes, skipped };
for (const note of notes(results)) console.error(note);
if (values.json) {
  const flat = { ...results, outcomes: Object.fromEntries(outcomes), skipped: Object.fromEntries(skipped) };
  console.log(JSON.stringify(flat, undefined, 2));
} else {
  console.log(table(results));
  for (const [name, { operators }] of outcomes) if (operators) console.log(`\n${name}\n${profileTable(operators)}`);
}
if (values.write) console.error(`wrote ${writeResults(results)}`);

function stop(message: string): never {
  console.error(`bench: ${message}`);
  process.exit(2);
}
