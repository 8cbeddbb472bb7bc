/**
 * Sizes of axes: a number, or a polynomial over named sizes such as `batch` or `tokens + 1`.
 *
 * A graph traced once must serve every batch size and every length, so shapes carry names until the engine binds them.
 * Polynomials with whole coefficients are closed under what shapes need (sums from concatenation, products from
 * flattening, exact quotients from splitting), and equal sizes have equal keys.
 */
import { ShapeError } from './errors.ts';

export type Size = number | Dim;
export type Shape = readonly Size[];

/** A monomial is its sorted variable names joined by `*`; the constant term has the empty name. */
type Terms = ReadonlyMap<string, number>;

export class Dim {
  readonly terms: Terms;
  readonly key: string;

  private constructor(terms: Terms) {
    this.terms = terms;
    this.key = [...terms]
      .sort(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1))
      .map(([name, factor]) => (name === '' ? `${factor}` : factor === 1 ? name : `${factor}*${name}`))
      .join(' + ');
  }

  static of(terms: Iterable<[string, number]>): Size {
    const kept = new Map([...terms].filter(([, factor]) => factor !== 0));
    if (kept.size === 0) return 0;
    if (kept.size === 1 && kept.has('')) return kept.get('')!;
    return new Dim(kept);
  }

  toString(): string {
    return this.key;
  }
}

/** A named size, bound when the graph runs. */
export const dim = (name: string): Dim => Dim.of([[name, 1]]) as Dim;

const termsOf = (size: Size): Terms => (typeof size === 'number' ? new Map([['', size]]) : size.terms);
const monomial = (a: string, b: string) => [...(a ? a.split('*') : []), ...(b ? b.split('*') : [])].sort().join('*');

export function addSizes(a: Size, b: Size): Size {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const sum = new Map(termsOf(a));
  for (const [name, factor] of termsOf(b)) sum.set(name, (sum.get(name) ?? 0) + factor);
  return Dim.of(sum);
}

export function multiplySizes(a: Size, b: Size): Size {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  const product = new Map<string, number>();
  for (const [left, x] of termsOf(a))
    for (const [right, y] of termsOf(b)) {
      const name = monomial(left, right);
      product.set(name, (product.get(name) ?? 0) + x * y);
    }
  return Dim.of(product);
}

export const subtractSizes = (a: Size, b: Size): Size => addSizes(a, multiplySizes(b, -1));

/** The exact quotient, or undefined where `b` does not divide `a` for every value of the names. */
export function divideSizes(a: Size, b: Size): Size | undefined {
  if (typeof a === 'number' && typeof b === 'number') return b !== 0 && a % b === 0 ? a / b : undefined;
  if (sameSize(a, b)) return 1;
  const divisor = [...termsOf(b)];
  if (divisor.length !== 1) return undefined;
  const [names, factor] = divisor[0];
  const quotient = new Map<string, number>();
  for (const [name, value] of termsOf(a)) {
    if (value % factor !== 0) return undefined;
    const left = name ? name.split('*') : [];
    for (const part of names ? names.split('*') : []) {
      const at = left.indexOf(part);
      if (at < 0) return undefined;
      left.splice(at, 1);
    }
    quotient.set(left.join('*'), value / factor);
  }
  return Dim.of(quotient);
}

export const sameSize = (a: Size, b: Size): boolean => String(a) === String(b);
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((s, i) => sameSize(s, b[i]));
export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;
export const productOf = (sizes: Shape): Size => sizes.reduce(multiplySizes, 1);

/** Names that a shape mentions. */
export const namesIn = (shape: Shape): string[] => [
  ...new Set(
    shape.flatMap((s) => (typeof s === 'number' ? [] : [...s.terms.keys()].flatMap((m) => (m ? m.split('*') : [])))),
  ),
];

/** The number a size stands for once its names are known. */
export function evaluateSize(size: Size, names: Readonly<Record<string, number>>): number {
  if (typeof size === 'number') return size;
  let sum = 0;
  for (const [name, factor] of size.terms)
    sum += (name ? name.split('*') : []).reduce((product, part) => {
      if (names[part] === undefined) throw new ShapeError(`the size '${part}' is not bound`);
      return product * names[part];
    }, factor);
  return sum;
}

/** The shape that NumPy's broadcasting rule gives to a pair. */
export function broadcastShapes(a: Shape, b: Shape): Size[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x === 1) return y;
    if (y === 1 || sameSize(x, y)) return x;
    throw new ShapeError(`shapes ${showShape(a)} and ${showShape(b)} do not broadcast: ${x} against ${y}`);
  });
}
