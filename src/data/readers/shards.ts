/** Names of several files written as one: 'web-{00000..00099}.tar', 'train-*.parquet'. Node only. */
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { UsageError } from '../../core/errors.ts';
import { inNaturalOrder } from '../../image/names.ts';
import { exists } from './pictures.ts';

/** A pattern with braces or wildcards that is not itself the name of something that exists. */
export const isPattern = async (name: string): Promise<boolean> => /[{}*?[\]]/.test(name) && !(await exists(name));

/**
 * The files that a name or pattern stands for, in order. Names that braces spell out are given whether or not there is
 * such a file, so that a missing shard can be reported; wildcards give the files that exist, by number ("2" before "10").
 * @throws UsageError when nothing matches
 */
export async function shardFiles(pattern: string): Promise<string[]> {
  if (!(await isPattern(pattern))) return [pattern];
  const files: string[] = [];
  for (const name of expandBraces(pattern))
    if (!isDynamicPattern(name)) files.push(name);
    else files.push(...inNaturalOrder(await glob(name, { absolute: isAbsolute(name), expandDirectories: false })));
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  if (!found.some((info) => info?.isFile())) throw new UsageError(`${pattern}: no file matches this pattern`);
  return [...new Set(files)];
}

/** 'a{1,2}-{08..10}' → a1-08, a1-09, a1-10, a2-08, …; the first number of a range says how many digits there are. */
export function expandBraces(pattern: string): string[] {
  const match = /\{([^{}]*)\}/.exec(pattern);
  if (!match) return [pattern];
  const [before, after] = [pattern.slice(0, match.index), pattern.slice(match.index + match[0].length)];
  return choices(match[1]).flatMap((choice) => expandBraces(before + choice + after));
}

/** More shards than any set has: a range beyond it is a slip. */
const most = 1_000_000;

function choices(inside: string): string[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(inside);
  if (!range) return inside.split(',');
  const [first, last] = [Number(range[1]), Number(range[2])];
  if (last < first || last - first >= most) throw new UsageError(`{${inside}}: give the smaller number first`);
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i).padStart(range[1].length, '0'));
}
