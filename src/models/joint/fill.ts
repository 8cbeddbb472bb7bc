/** Filling in masked words about a picture. */
import { UsageError } from '../../core/index.ts';
import { fillMasks, usualBest, withMasks } from '../fill.ts';
import type { FilledText, FillOptions } from '../model.ts';
import { aboutFirst, type OpenedJoint } from './opened.ts';

export const fills =
  (opened: OpenedJoint) =>
  async (text: string, { image, best = usualBest, signal }: FillOptions = {}): Promise<FilledText> => {
    if (image === undefined)
      throw new UsageError(`fill: ${opened.source.family} reads a text about a picture; give the picture too`);
    const tokenizer = await opened.tokenizer();
    const [seen, { ids, mask }] = await Promise.all([
      opened.see([image], signal),
      opened.read([withMasks(text, tokenizer)]),
    ]);
    const feeds = { ...seen, ids, mask, of: aboutFirst(1) };
    return await fillMasks({ tokenizer, ids, best, logitsAt: (at) => opened.run('fill', { ...feeds, at }, signal) });
  };
