/** Line charts as inline SVG: many points are gathered into columns, drawn as their mean with a band from least to most. */

export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

export interface ChartOptions {
  title: string;
  series: readonly Series[];
  /** Whether the vertical axis is linear and reaches 0. */
  fromZero?: boolean;
}

const width = 560;
const height = 230;
const margin = { left: 58, right: 14, top: 12, bottom: 26 };
const columns = 240;

interface Column {
  x: number;
  mean: number;
  least: number;
  most: number;
}

/** One figure. Colours come from the page's style: `.s0`, `.s1`, … for the series. */
export function chart({ title, series, fromZero = false }: ChartOptions): string {
  const drawn = series.map(({ name, points }) => ({ name, columns: gather(points) })).filter((s) => s.columns.length);
  if (drawn.length === 0) return '';
  const all = drawn.flatMap((s) => s.columns);
  const lastX = Math.max(...all.map(({ x }) => x));
  const means = all.map(({ mean }) => mean);
  const y = verticalScale(Math.min(...means, ...(fromZero ? [0] : [])), Math.max(...means));
  const x = (value: number) => margin.left + (value / (lastX || 1)) * (width - margin.left - margin.right);
  const clamp = (value: number) => Math.min(height - margin.bottom, Math.max(margin.top, y.at(value)));

  const rows = y.ticks.map((tick) => {
    const at = y.at(tick).toFixed(1);
    return `<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}"/><text x="${margin.left - 8}" y="${at}" dy="0.32em" text-anchor="end">${number(tick)}</text>`;
  });
  const steps = niceTicks(0, lastX, 6)
    .filter((tick) => tick <= lastX)
    .map((tick) => `<text x="${x(tick).toFixed(1)}" y="${height - 8}" text-anchor="middle">${number(tick)}</text>`);
  const lines = drawn.map((one, i) => {
    const at = (c: Column, value: number) => `${x(c.x).toFixed(1)},${clamp(value).toFixed(1)}`;
    const line = one.columns.map((c) => at(c, c.mean)).join(' ');
    const back = one.columns.toReversed().map((c) => at(c, c.least));
    const band = [...one.columns.map((c) => at(c, c.most)), ...back].join(' ');
    const last = one.columns[one.columns.length - 1];
    const [cx, cy] = at(last, last.mean).split(',');
    return `<g class="s${i}"><polygon points="${band}"/><polyline points="${line}"/><circle cx="${cx}" cy="${cy}" r="3"/></g>`;
  });
  const legend = drawn.map(
    ({ name, columns: list }, i) =>
      `<span class="s${i}"><i></i>${escapeHtml(name)} <b>${number(list[list.length - 1].mean)}</b></span>`,
  );
  const label = `${title}: ${drawn.map(({ name, columns: list }) => `${name} ends at ${number(list[list.length - 1].mean)}`).join(', ')}`;
  return `<figure><figcaption>${escapeHtml(title)}<span class="legend">${legend.join('')}</span></figcaption><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${rows.join('')}${steps.join('')}${lines.join('')}</svg></figure>`;
}

/** At most `columns` columns of neighbouring points. */
function gather(points: Series['points']): Column[] {
  const finite = points.filter(([, y]) => Number.isFinite(y));
  const size = Math.max(1, Math.ceil(finite.length / columns));
  return Array.from({ length: Math.ceil(finite.length / size) }, (_, i) => {
    const part = finite.slice(i * size, (i + 1) * size);
    const values = part.map(([, y]) => y);
    return {
      x: part[part.length - 1][0],
      mean: values.reduce((a, b) => a + b, 0) / values.length,
      least: Math.min(...values),
      most: Math.max(...values),
    };
  });
}

/** Logarithmic where the values span more than a factor of 30, as losses and gradient norms may; else linear. */
function verticalScale(least: number, most: number): { at: (value: number) => number; ticks: number[] } {
  const place = (share: number) => height - margin.bottom - share * (height - margin.top - margin.bottom);
  if (least > 0 && most / least > 30) {
    const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
    const at = (value: number) => place(value > 0 ? (Math.log10(value) - from) / (to - from) : 0);
    return { at, ticks: Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i)) };
  }
  const ticks = niceTicks(least, most, 5);
  const [from, to] = [ticks[0], ticks[ticks.length - 1]];
  return { at: (value) => place((value - from) / (to - from)), ticks };
}

/** Round numbers, about `count` of them, that enclose the span. */
function niceTicks(least: number, most: number, count: number): number[] {
  const span = most - least || Math.abs(most) || 1;
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const size = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw)!;
  const first = Math.floor(least / size);
  const last = Math.max(first + 1, Math.ceil(most / size - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * size);
}

/** Three or four digits, the way a person writes them. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  if (size !== 0 && size < 0.001) return value.toExponential(1).replace('.0e', 'e');
  return String(Number(value.toPrecision(4)));
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]);
