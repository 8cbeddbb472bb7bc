/** Work on many pictures, some of which cannot be read. */
import { InputError, reason } from '../core/errors.ts';
import type { ImageSource } from '../image/index.ts';
import type { Picture } from './pictures.ts';

/** Gives one value for each picture, or throws InputError when one of them cannot be read. */
export type Work<T> = (sources: ImageSource[]) => Promise<T[]>;

export type Outcome<T> = { readonly name: string } & ({ readonly value: T } | { readonly error: string });

/** Runs `work` on batches of pictures and gives the outcomes in order. A bad picture costs its own row only. */
export async function* inBatches<T>(
  pictures: readonly Picture[],
  size: number,
  work: Work<T>,
): AsyncGenerator<Outcome<T>> {
  for (let start = 0; start < pictures.length; start += size) {
    const batch = pictures.slice(start, start + size);
    const readable = batch.flatMap(({ source }) => (source instanceof InputError ? [] : [source]));
    const results = await attempt(readable, work);
    for (const { name, source } of batch) {
      const value = source instanceof InputError ? source : (results.shift() as T | InputError);
      yield value instanceof InputError ? { name, error: reason(value) } : { name, value };
    }
  }
}

/** All together; where one item spoils that, each by itself. */
export async function attempt<S, T>(items: S[], work: (items: S[]) => Promise<T[]>): Promise<(T | InputError)[]> {
  if (items.length === 0) return [];
  try {
    return await work(items);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (items.length === 1) return [error];
    const each: (T | InputError)[] = [];
    for (const item of items) each.push(...(await attempt([item], work)));
    return each;
  }
}
