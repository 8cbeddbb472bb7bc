/** Captioned pictures in whatever form they are kept. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type CaptionReader, readCaptions } from '../data/index.ts';

export type { BadRow } from '../data/index.ts';

/** Whether `folder` was written by `sightread data build`. */
export const isEmojiSet = (folder: string): Promise<boolean> =>
  access(join(folder, 'emoji-5.json')).then(
    () => true,
    () => false,
  );

/** A folder, table, archive or JSON file with captions in it. */
export const openCaptions = (source: string): Promise<CaptionReader> => readCaptions(source);
