/** The report of a bootstrap as one HTML file that needs nothing else. */
import { escapeHtml, number } from '../train/chart.ts';
import { duration } from '../train/progress.ts';
import { style } from '../train/report.ts';
import { judgedSources, textSources } from './candidates.ts';
import { histogram } from './histogram.ts';
import type { BootstrapReport } from './report.ts';
import { type Sample, type Samples, shelves } from './samples.ts';

export function reportPage(report: BootstrapReport, samples: Samples): string {
  const threshold = Number(report.settings.threshold);
  const title = `Bootstrap${report.settings.source === undefined ? '' : ` of ${report.settings.source}`}`;
  const figures = judgedSources.map((source) =>
    histogram(`Match probability of ${nouns[source]}`, report.sources[source].histogram, threshold),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}${more}</style>
<main>
<h1>${escapeHtml(title)}</h1>
${report.finished ? '' : '<p>Stopped before the end; the same command goes on.</p>'}
${facts(report)}
${keepRates(report)}
<section class="charts">${figures.join('')}</section>
${shelves.map(({ name }) => shelf(name, samples[name] ?? [])).join('')}
${fileTable(report)}
${faultTable(report)}
${settingsTable(report)}
</main>
</html>
`;
}

const nouns = { web: 'web texts', synthetic: 'synthetic captions', human: 'human texts' } as const;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function facts({
  pictures,
  badPictures,
  rows,
  badRows,
  human,
  outcomes,
  seconds,
  picturesPerSecond,
}: BootstrapReport): string {
  const values = {
    Rows: `${rows}`,
    'Rows that give no pair': `${badRows}`,
    Pictures: `${pictures}`,
    'Unreadable pictures': `${badPictures}`,
    'Both sources kept': `${outcomes.both}`,
    'Only web text kept': `${outcomes.web}`,
    'Only synthetic kept': `${outcomes.synthetic}`,
    'Nothing kept': `${outcomes.neither}`,
    ...(human && { 'Human pairs': `${human.rows - human.badRows}` }),
    Time: duration(seconds),
    'Pictures per second': number(picturesPerSecond),
  };
  return `<dl>${Object.entries(values)
    .map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`)
    .join('')}</dl>`;
}

function keepRates({ sources }: BootstrapReport): string {
  const given = textSources.filter((source) => source !== 'human' || sources.human.candidates > 0);
  const rows = given.map((source) => {
    const { candidates, kept, keepRate, unjudged, meanScore } = sources[source];
    const mean = unjudged === candidates ? '–' : number(meanScore);
    return [nouns[source], `${candidates}`, `${kept}`, percent(keepRate), mean, `${unjudged}`];
  });
  return `<h2>Keep rates</h2>${table(['', 'candidates', 'kept', 'keep rate', 'mean score', 'not judged'], rows)}`;
}

function shelf(name: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const title = name[0].toUpperCase() + name.slice(1);
  return `<h2>${title}</h2><div class="samples">${samples.map((sample) => card(sample, / kept$/.test(name))).join('')}</div>`;
}

function card({ id, picture, texts }: Sample, kept: boolean): string {
  // Anything but embedded data would make the page depend on other files.
  const image = picture.startsWith('data:image/') ? `<img src="${escapeHtml(picture)}" alt="">` : '';
  const lines = texts.map((one) => {
    const score = one.source === 'human' ? '' : one.score === undefined ? 'not judged' : one.score.toFixed(2);
    return `<p class="${one.kept ? 'in' : 'out'}"><b>${escapeHtml(one.source)} ${score}</b> ${escapeHtml(one.text) || '(nothing)'}</p>`;
  });
  return `<div class="sample ${kept ? 'right' : 'wrong'}" title="${escapeHtml(id)}">${image}${lines.join('')}</div>`;
}

function fileTable({ files }: BootstrapReport): string {
  const rows = Object.entries(files ?? {}).map(([name, { candidates, kept }]) => [
    name,
    `${candidates}`,
    `${kept}`,
    percent(kept / candidates),
  ]);
  return rows.length > 1 ? `<h2>Web texts by file</h2>${table(['', 'candidates', 'kept', 'keep rate'], rows)}` : '';
}

function faultTable({ faults, badRows, badPictures }: BootstrapReport): string {
  if (faults.length === 0) return '';
  const rows = faults.map(({ id, fault }) => `<tr><th>${escapeHtml(id)}</th><td>${escapeHtml(fault)}</td></tr>`);
  const rest = badRows + badPictures > faults.length ? '<p>Further ones are in candidates.jsonl.</p>' : '';
  return `<h2>Faults</h2><div class="scroll"><table>${rows.join('')}</table></div>${rest}`;
}

function settingsTable({ settings }: BootstrapReport): string {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const rows = given.map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(text)}</td></tr>`;
  });
  return `<h2>Settings</h2><div class="scroll"><table>${rows.join('')}</table></div>`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const cells = (tag: string, row: readonly string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table class="numbers"><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table></div>`;
};

const more = `
.charts { margin-top: 16px; }
rect.kept { fill: var(--good); } rect.dropped { fill: var(--bad); }
.threshold { stroke: var(--ink); stroke-dasharray: 4 3; }
.sample p { font-size: 13px; overflow-wrap: anywhere; } .sample p b { font-weight: 600; font-size: 12px; }
.sample p.in b { color: var(--good); } .sample p.out b { color: var(--bad); } .sample p.out { color: var(--soft); }
`;
