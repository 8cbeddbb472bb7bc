/** Captioned pictures to judge a model by: of any form that is read, or drawn by the emoji set. */

import { nearest, UsageError } from '../../core/errors.ts';
import { type EvaluationName, evaluationNames, evaluationSet, openEmojiSet, readCaptions } from '../../data/index.ts';
import type { ImageSource } from '../../image/index.ts';
import { type BadRow, isEmojiSet } from '../captions.ts';

export interface Shown {
  id: string;
  image: ImageSource;
  captions: readonly string[];
}

/** Rows, as often as they are asked for, and those that cannot be used, once all have been given. */
export interface SetOf<Row> extends AsyncIterable<Row> {
  readonly report: { readonly bad: readonly BadRow[] };
  readonly count?: number;
}

export interface SetOptions {
  images?: string;
  split?: string;
  imageColumn?: string;
  captionColumn?: string;
}

/** @throws UsageError for a set or split that does not exist, and as `readCaptions` does */
export async function openShown(source: string, options: SetOptions): Promise<SetOf<Shown>> {
  if (!(await isEmojiSet(source))) return readCaptions(source, options);
  const { split: name = 'val-seen' } = options;
  if (!evaluationNames.includes(name as EvaluationName))
    throw new UsageError(
      `${source}: no split "${name}"; it has: ${evaluationNames.join(', ')}` +
        nearest(name, evaluationNames, 1).map((like) => `; did you mean "${like}"?`),
    );
  const { size, sample } = evaluationSet(await openEmojiSet(source), name as EvaluationName);
  return {
    count: size,
    report: { bad: [] },
    async *[Symbol.asyncIterator]() {
      for (let i = 0; i < size; i++) {
        const { pixels, side, captions } = sample(i);
        yield { id: String(i), captions, image: { width: side, height: side, channels: 3, data: pixels } };
      }
    },
  };
}
