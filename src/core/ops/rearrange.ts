/**
 * Reshape and transpose by named axes: `x.rearrange('b n (h d) -> b h n d', { h: 12 })`.
 *
 * A name stands for one axis, parentheses for several axes stored as one, `1` for an axis of size 1. Within one pair of
 * parentheses on the left at most one size may be left out of `sizes`.
 */
import { ShapeError } from '../errors.ts';
import { divideSizes, productOf, type Size, showShape } from '../size.ts';
import type { Tensor } from '../tensor.ts';
import { reshape, transpose } from './layout.ts';

const parse = (side: string): string[][] =>
  [...side.matchAll(/\(([^)]*)\)|(\S+)/g)].map(([, group, name]) =>
    (group ?? name).split(/\s+/).filter((n) => n && n !== '1'),
  );

export function rearrange(x: Tensor, pattern: string, sizes: Readonly<Record<string, Size>> = {}): Tensor {
  const [left, right] = pattern.split('->').map(parse);
  if (!right || left.length !== x.rank)
    throw new ShapeError(`'${pattern}' does not describe a tensor of shape ${showShape(x.shape)}`);
  const known = new Map<string, Size>(Object.entries(sizes));
  for (const [axis, group] of left.entries()) {
    const open = group.filter((name) => !known.has(name));
    if (open.length > 1) throw new ShapeError(`'${pattern}': give the size of ${open[0]} or ${open[1]}`);
    const given = productOf(group.filter((name) => known.has(name)).map((name) => known.get(name)!));
    const rest = divideSizes(x.shape[axis], given);
    if (rest === undefined || (open.length === 0 && rest !== 1))
      throw new ShapeError(`'${pattern}': axis ${axis} of ${showShape(x.shape)} is not (${group.join(' ')})`);
    if (open.length === 1) known.set(open[0], rest);
  }
  const from = left.flat();
  const to = right.flat();
  if ([...from].sort().join() !== [...to].sort().join())
    throw new ShapeError(`'${pattern}': the two sides name different axes`);
  const sizeOf = (name: string) => known.get(name)!;
  const apart = reshape(x, from.map(sizeOf));
  const moved = transpose(
    apart,
    to.map((name) => from.indexOf(name)),
  );
  return reshape(
    moved,
    right.map((group) => productOf(group.map(sizeOf))),
  );
}
