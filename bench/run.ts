/**
 * The benchmark: this package beside PyTorch and transformers, with the same weights on the same machine.
 *
 *     npm run build && npx tsx bench/run.ts [--only NAME,…] [--sides fp32,eager,…] [--runs N] [--threads N] [--profile]
 *                                           [--brief] [--json] [--write]
 *
 * SIGHTREAD_PYTHON names a Python that has torch, transformers and pillow; without one, only our side is
 * measured. `--profile` adds times by operator; `--brief` does everything once and cold, to see that it works. What is
 * measured is kept in .cache/bench/outcomes. `--write` implies `--profile` and renews bench/RESULTS.md from what is kept,
 * so that the table can be measured in parts, and without a side such as `compile`, which takes minutes to start.
 */
import { parseArgs } from 'node:util';
import { cases } from './cases.ts';
import { packed, type Side, sides } from './job.ts';
import { describeMachine } from './machine.ts';
import { measure } from './measure.ts';
import { pack, prepare } from './models.ts';
import { type Kept, keep, keptOf, minutes } from './outcomes.ts';
import { notes, precisionTable, profileTable, progress, type Results, table, writeResults } from './report.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    sides: { type: 'string', multiple: true },
    runs: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    profile: { type: 'boolean', default: false },
    brief: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const [runs, threads] = [values.runs, values.threads].map(Number);
if (![runs, threads].every((n) => Number.isInteger(n) && n > 0))
  stop('--runs and --threads take whole numbers from 1 on');
const names = chosen(
  '--only',
  values.only,
  cases.map(({ name }) => name),
);
const someSides = chosen('--sides', values.sides, Object.keys(sides)) as Side[] | undefined;
if (values.write && values.brief) stop('--write is for full measurements: leave --brief out');
if (values.brief) process.env.BENCH_BRIEF = '1';

const wanted = cases.filter(({ name }) => names?.includes(name) ?? true);
await prepare(new Set(wanted.flatMap(({ needs }) => needs)));
for (const model of new Set(wanted.flatMap(({ packs = [] }) => packs)))
  for (const dtype of packed) await pack(model, dtype);
const machine = await describeMachine();
console.error(minutes(wanted, runs));

const profile = values.profile || values.write;
const measured = new Map<string, Kept>();
const skipped = new Map<string, string>();
for (const test of wanted) {
  const missing = test.missing?.();
  if (missing) {
    skipped.set(test.name, missing);
    continue;
  }
  console.error(`${test.name} …`);
  const start = performance.now();
  const outcome = await measure(test, { runs, threads, peer: machine.peer.present, profile, only: someSides });
  const kept = { machine, runs, threads, seconds: (performance.now() - start) / 1000, outcome };
  measured.set(test.name, kept);
  if (!values.brief && (values.write || !someSides)) keep(test.name, kept);
  for (const line of outcome.lines) console.error(progress(line));
}

const how = [`--runs ${runs}`, ...(someSides ? [`--sides ${someSides.join(',')}`] : [])].join(' ');
const results = values.write ? everything() : resultsOf(measured);
for (const note of notes(results)) console.error(note);
if (values.json) {
  const plain = <V>(map: ReadonlyMap<string, V>) => Object.fromEntries(map);
  console.log(JSON.stringify({ ...results, outcomes: plain(results.outcomes), skipped: plain(skipped) }, undefined, 2));
} else {
  console.log(`${table(results)}\n\n${precisionTable(results)}`);
  for (const [name, { operators }] of results.outcomes)
    if (operators) console.log(`\n${name}\n${profileTable(operators)}`);
}
if (values.write)
  console.error(`wrote ${writeResults(results, `npm run build && npx tsx bench/run.ts ${how} --write`)}`);

function resultsOf(kept: ReadonlyMap<string, Kept>): Results {
  const outcomes = new Map([...kept].map(([name, { outcome }]) => [name, outcome]));
  const others = [...kept].filter(([, other]) => other.machine.date !== machine.date || other.runs !== runs);
  const remarks = others.map(
    ([name, other]) => `${name}: measured on ${other.machine.date}, runs of each side: ${other.runs}`,
  );
  return { machine, threads, outcomes, skipped, remarks };
}

/** What was measured now, and for the other cases what is kept. */
function everything(): Results {
  const all = new Map<string, Kept>();
  for (const { name } of cases) {
    const kept = measured.get(name) ?? keptOf(name);
    if (kept) all.set(name, kept);
    else if (!skipped.has(name)) skipped.set(name, 'not measured yet');
  }
  return resultsOf(all);
}

/** Names of an option that are all known; undefined where it is not given. */
function chosen(option: string, given: readonly string[] | undefined, known: readonly string[]): string[] | undefined {
  const all = given?.flatMap((some) => some.split(','));
  const unknown = all?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length) stop(`${option}: no ${unknown.join(', ')}; there are ${known.join(', ')}`);
  return all;
}

function stop(message: string): never {
  console.error(`bench: ${message}`);
  process.exit(2);
}
