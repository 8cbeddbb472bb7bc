/** Large numbers as people say them. */
const steps = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** 707_000_000 → `707 M`, 1536 → `1.54 k` */
export function compact(value: number): string {
  const [size, letter] = steps.find(([step]) => value >= step) ?? [1, ''];
  const scaled = value / size;
  return `${size === 1 || scaled >= 100 ? Math.round(scaled) : scaled.toPrecision(3)}${letter && ` ${letter}`}`;
}

/** `707 MB`, `37.1 GFLOP` */
export const measure = (value: number, unit: string): string => `${compact(value)}${value < 1000 ? ' ' : ''}${unit}`;

/** `1 row`, `2 rows` */
export const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** Four digits that matter: 0.9713, -12.35, 1.2e-7 */
export const rounded = (value: number): string => String(Number(value.toPrecision(4)));
