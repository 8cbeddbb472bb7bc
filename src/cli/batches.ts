/** Work on many pictures, some of which cannot be read. */
import { InputError, reason } from '../core/errors.ts';
import { type ImageProcessor, type ImageSource, PictureReader } from '../image/index.ts';
import type { Picture } from './pictures.ts';

/** Gives one value for each picture, or throws InputError when one of them cannot be read. */
export type Work<T> = (sources: ImageSource[]) => Promise<T[]>;

export type Outcome<T> = { readonly name: string } & ({ readonly value: T } | { readonly error: string });

export interface BatchOptions<T> {
  /** Pictures in one call of `work`. */
  size: number;
  work: Work<T>;
  /** Of a model that sees single pictures: then pictures are read ahead, and `work` is given them at the model's size. */
  processor?: ImageProcessor;
  signal?: AbortSignal;
}

/** Pictures that are read ahead where batches are small; so few in all are done before threads have started. */
const leastAhead = 4;

/**
 * Runs `work` on batches of pictures and gives the outcomes in order. A bad picture costs its own row only. While a batch
 * is worked on, the pictures of the next are read.
 */
export async function* inBatches<T>(
  pictures: readonly Picture[],
  { size, work, processor, signal }: BatchOptions<T>,
): AsyncGenerator<Outcome<T>> {
  await using reader =
    processor && pictures.length > size + leastAhead ? new PictureReader(processor.settings) : undefined;
  const read = async ({ source }: Picture): Promise<ImageSource | InputError> => {
    if (source instanceof InputError || !reader) return source;
    return await reader.read(source, { signal }).catch(orInputError);
  };
  /** From the first of the batch on. */
  const coming: Promise<ImageSource | InputError>[] = [];
  for (let start = 0; start < pictures.length; start += size) {
    const wanted = reader ? size + Math.max(size, leastAhead) : size;
    for (const picture of pictures.slice(start + coming.length, start + wanted)) {
      const one = read(picture);
      // Whoever waits for it is told; nobody may be waiting yet.
      one.catch(() => undefined);
      coming.push(one);
    }
    const sources = await Promise.all(coming.splice(0, size));
    const results = await attempt(
      sources.filter((source): source is ImageSource => !(source instanceof InputError)),
      work,
    );
    for (const [i, source] of sources.entries()) {
      const { name } = pictures[start + i];
      const value = source instanceof InputError ? source : (results.shift() as T | InputError);
      yield value instanceof InputError ? { name, error: reason(value) } : { name, value };
    }
  }
}

function orInputError(error: unknown): InputError {
  if (error instanceof InputError) return error;
  throw error;
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
