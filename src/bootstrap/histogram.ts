/** How scores are spread, as inline SVG; what is kept is green, as in the rest of the page. */
import { escapeHtml, number } from '../train/chart.ts';

const [width, height] = [560, 200];
const margin = { left: 52, right: 14, top: 16, bottom: 30 };
const base = height - margin.bottom;

/**
 * One figure. A bar that the threshold cuts has both colours.
 * @param counts how many scores lie in each equal part of 0 to 1
 */
export function histogram(title: string, counts: readonly number[], threshold: number): string {
  const most = Math.max(1, ...counts);
  const x = (score: number) => margin.left + score * (width - margin.left - margin.right);
  const y = (count: number) => base - (count / most) * (base - margin.top);
  const bar = (from: number, to: number, count: number, kind: string) =>
    to > from
      ? `<rect class="${kind}" x="${x(from).toFixed(1)}" y="${y(count).toFixed(1)}" width="${Math.max(0.5, x(to) - x(from) - 1).toFixed(1)}" height="${(base - y(count)).toFixed(1)}"/>`
      : '';
  const bars = counts.map((count, i) => {
    const [from, to] = [i / counts.length, (i + 1) / counts.length];
    const cut = Math.min(to, Math.max(from, threshold));
    return bar(from, cut, count, 'dropped') + bar(cut, to, count, 'kept');
  });
  const rows = [0, most / 2, most].map((count) => {
    const at = y(count).toFixed(1);
    return `<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}"/><text x="${margin.left - 8}" y="${at}" dy="0.32em" text-anchor="end">${number(Math.round(count))}</text>`;
  });
  const scores = [0, 0.25, 0.5, 0.75, 1].map(
    (score) => `<text x="${x(score)}" y="${height - 8}" text-anchor="middle">${score}</text>`,
  );
  const at = x(threshold).toFixed(1);
  const line = `<line class="threshold" x1="${at}" x2="${at}" y1="${margin.top - 8}" y2="${base}"/>`;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return `<figure><figcaption>${escapeHtml(title)}<span class="legend">${number(total)} scores, threshold ${threshold}</span></figcaption><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}: ${counts.join(', ')} scores from 0 to 1">${rows.join('')}${bars.join('')}${line}${scores.join('')}</svg></figure>`;
}
