/** The rows of one part of a set, such as the 5,000 test pictures of Karpathy's split of COCO. */
import { basename } from 'node:path';
import { nearest, UsageError } from '../../core/errors.ts';

export interface SplitOptions {
  /**
   * Part of the set, where the set says which part a row belongs to; several are joined by a plus sign, as in
   * 'train+restval'. Default: all rows.
   */
  split?: string;
}

/**
 * Says which rows are wanted by the name of their part.
 * `end`, when all rows have been seen, throws UsageError if none was of a part that is wanted; it names those that exist.
 */
export function splitFilter(file: string, { split }: SplitOptions): { takes(name: unknown): boolean; end(): void } {
  const wanted = split?.split('+').map((name) => name.trim());
  const seen = new Set<string>();
  return {
    takes(name) {
      if (wanted === undefined) return true;
      if (typeof name === 'string') seen.add(name);
      return typeof name === 'string' && wanted.includes(name);
    },
    end() {
      const missing = wanted?.find((name) => !seen.has(name));
      if (missing === undefined) return;
      const [like] = nearest(missing, seen, 1);
      throw new UsageError(
        `${basename(file)}: no split "${missing}"; ` +
          (seen.size ? `it has: ${[...seen].join(', ')}` : 'its rows do not name the split they belong to') +
          (like ? `; did you mean "${like}"?` : ''),
      );
    },
  };
}
