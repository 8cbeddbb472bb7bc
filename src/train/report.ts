/** The report of a run: one HTML file that needs nothing else, built from the log alone. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart, escapeHtml, number, type Series } from './chart.ts';
import { type EvaluationEntry, type LogEntry, readLog, type Sample, type StartEntry, type StepEntry } from './log.ts';
import { duration } from './progress.ts';

/** Writes `report.html` beside the log of a run and returns its path. */
export function writeReport(folder: string, title = 'Training run'): string {
  const file = join(folder, 'report.html');
  writeFileSync(`${file}.writing`, reportHtml(readLog(join(folder, 'log.jsonl')), title));
  renameSync(`${file}.writing`, file);
  return file;
}

/** The report as text. */
export function reportHtml(log: readonly LogEntry[], title: string): string {
  const start = log.find((entry): entry is StartEntry => entry.kind === 'start');
  const steps = log.filter((entry): entry is StepEntry => entry.kind === 'step');
  const evaluations = log.filter((entry): entry is EvaluationEntry => entry.kind === 'evaluation');
  const planned = Number(start?.settings.steps ?? 0) || undefined;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
<main>
<h1>${escapeHtml(title)}</h1>
${summary(steps, planned)}
<section class="charts">${charts(steps, evaluations)}</section>
${sampleSection(evaluations)}
${scoreTable(evaluations)}
${settingsTable(start)}
</main>
</html>
`;
}

function summary(steps: readonly StepEntry[], planned: number | undefined): string {
  const last = steps.at(-1);
  if (!last) return '<p>No step is done yet.</p>';
  const total = (of: (entry: StepEntry) => number) => steps.reduce((sum, entry) => sum + of(entry), 0);
  const ms = total((entry) => entry.ms);
  const recent = steps.slice(-50);
  const facts = {
    Steps: planned ? `${last.step} of ${planned}` : `${last.step}`,
    'Loss, last 50 steps': number(recent.reduce((sum, { loss }) => sum + loss, 0) / recent.length),
    'Training time': duration(ms / 1000),
    'Step time': `${number(ms / steps.length)} ms`,
    'Examples per second': number((1000 * total((entry) => entry.examples)) / ms),
    'Waiting for data': `${((100 * total((entry) => entry.waited)) / ms).toFixed(1)} %`,
  };
  return `<dl>${Object.entries(facts)
    .map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`)
    .join('')}</dl>`;
}

function charts(steps: readonly StepEntry[], evaluations: readonly EvaluationEntry[]): string {
  const line = (name: string, of: (entry: StepEntry) => number): Series => ({
    name,
    points: steps.map((entry) => [entry.step, of(entry)]),
  });
  const figure = (title: string, series: Series[], fromZero = false) => chart({ title, series, fromZero });
  const metrics = Object.keys(steps.at(-1)?.metrics ?? {});
  const scores = [...new Set(evaluations.flatMap((entry) => Object.keys(entry.scores)))];
  return [
    figure('Training loss', [line('loss', ({ loss }) => loss)]),
    ...metrics.map((name) => figure(`Training ${name}`, [line(name, (entry) => entry.metrics?.[name] ?? Number.NaN)])),
    ...scores.map((name) =>
      figure(`Validation: ${name}`, [{ name, points: evaluations.map(({ step, scores }) => [step, scores[name]]) }]),
    ),
    figure('Learning rate', [line('rate', ({ rate }) => rate)], true),
    figure('Gradient norm before clipping', [line('norm', ({ norm }) => norm)]),
    figure('Examples per second', [line('examples/s', ({ examples, ms }) => (1000 * examples) / ms)], true),
  ].join('');
}

/** The newest predictions open, earlier ones folded away. */
function sampleSection(evaluations: readonly EvaluationEntry[]): string {
  const withSamples = evaluations.filter(({ samples }) => samples?.length);
  const latest = withSamples.at(-1);
  if (!latest) return '';
  const earlier = withSamples.slice(0, -1).toReversed();
  const grid = ({ samples = [] }: EvaluationEntry) => `<div class="samples">${samples.map(sampleCard).join('')}</div>`;
  const folded = earlier
    .map((entry) => `<details><summary>After step ${entry.step}</summary>${grid(entry)}</details>`)
    .join('');
  const more = folded ? `<details><summary>Earlier predictions</summary>${folded}</details>` : '';
  return `<h2>Predictions after step ${latest.step}</h2>${grid(latest)}${more}`;
}

function sampleCard({ picture, expected, predicted }: Sample): string {
  // Anything but embedded data would make the report depend on other files.
  const image = picture?.startsWith('data:image/') ? `<img src="${escapeHtml(picture)}" alt="">` : '';
  const right = expected === undefined ? '' : expected === predicted ? ' right' : ' wrong';
  const truth = expected === undefined || expected === predicted ? '' : `<small>${escapeHtml(expected)}</small>`;
  return `<div class="sample${right}">${image}<p>${escapeHtml(predicted) || '(nothing)'}</p>${truth}</div>`;
}

function scoreTable(evaluations: readonly EvaluationEntry[]): string {
  if (evaluations.length === 0) return '';
  const names = [...new Set(evaluations.flatMap(({ scores }) => Object.keys(scores)))];
  const row = ({ step, scores, fault }: EvaluationEntry) =>
    fault
      ? `<tr><td>${step}</td><td colspan="${names.length || 1}">failed: ${escapeHtml(fault)}</td></tr>`
      : `<tr><td>${step}</td>${names.map((name) => `<td>${name in scores ? number(scores[name]) : ''}</td>`).join('')}</tr>`;
  const head = ['step', ...names].map((name) => `<th>${escapeHtml(name)}</th>`).join('');
  return `<h2>Validation</h2><div class="scroll"><table class="numbers"><thead><tr>${head}</tr></thead><tbody>${evaluations.map(row).join('')}</tbody></table></div>`;
}

function settingsTable(start: StartEntry | undefined): string {
  if (!start) return '';
  const rows = flatten(start.settings).map(
    ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  const started = `<tr><th>started</th><td>${escapeHtml(start.time)}</td></tr>`;
  return `<h2>Settings</h2><div class="scroll"><table>${started}${rows.join('')}</table></div>`;
}

/** `{ optimizer: { decay: 0.05 } }` → `optimizer.decay`, `0.05`. */
function flatten(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, part]) => flatten(part, path ? `${path}.${name}` : name));
}

/** The look of reports: figures, cards of samples and tables, by day and by night. */
export const style = `
:root { color-scheme: light dark; --page: #fbfaf8; --card: #fff; --ink: #1d1f23; --soft: #666b75; --rule: #e4e2dd;
  --c0: #2a63c4; --c1: #c2571a; --c2: #2d8a4e; --good: #2d8a4e; --bad: #c2571a; }
@media (prefers-color-scheme: dark) { :root { --page: #16181c; --card: #1e2126; --ink: #e6e7ea; --soft: #9aa0ab;
  --rule: #31353d; --c0: #7aa7f5; --c1: #f0955c; --c2: #6fcf8e; --good: #6fcf8e; --bad: #f0955c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 24px; margin: 0 0 16px; } h2 { font-size: 17px; margin: 36px 0 12px; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0 0 20px; }
dl div, figure, .sample { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; }
dl div { padding: 10px 14px; } dt { color: var(--soft); font-size: 13px; } dd { margin: 0; font-size: 18px; font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 14px; }
figure { margin: 0; padding: 12px 12px 4px; } figcaption { display: flex; justify-content: space-between; font-weight: 600; }
.legend { font-weight: 400; font-size: 13px; color: var(--soft); } .legend span { margin-left: 12px; } .legend b { color: var(--ink); }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 5px; background: var(--c); margin-right: 5px; }
svg { width: 100%; height: auto; display: block; } svg text { font-size: 11px; fill: var(--soft); font-variant-numeric: tabular-nums; }
.grid { stroke: var(--rule); } .s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); }
polyline { fill: none; stroke: var(--c); stroke-width: 1.8; stroke-linejoin: round; } polygon { fill: var(--c); opacity: 0.16; }
circle { fill: var(--c); }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px; }
.sample { padding: 10px; border-top-width: 3px; } .sample.right { border-top-color: var(--good); } .sample.wrong { border-top-color: var(--bad); }
.sample img { width: 100%; aspect-ratio: 1; object-fit: contain; border-radius: 4px; background: #fff; }
.sample p { margin: 6px 0 0; } .sample small { color: var(--soft); } .sample.wrong small::before { content: "expected: "; }
details { margin-top: 12px; } details details { margin-left: 18px; } summary { cursor: pointer; color: var(--soft); margin-bottom: 8px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 14px; }
th, td { text-align: left; padding: 4px 18px 4px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { font-weight: 500; color: var(--soft); } .numbers td, .numbers th { text-align: right; font-variant-numeric: tabular-nums; }
`;
