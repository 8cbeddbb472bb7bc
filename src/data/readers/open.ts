/** Opens captioned pictures in whatever form they are kept. Node only. */
import { type CocoOptions, readCoco } from './coco.ts';
import { type FolderOptions, readFolder } from './folder.ts';
import type { CaptionReader } from './report.ts';

export interface CaptionOptions extends CocoOptions, FolderOptions {}

/** Reads a set whose form is found by looking. */
export const readCaptions = (path: string, options: CaptionOptions = {}): Promise<CaptionReader> =>
  /\.json$/i.test(path) ? readCoco(path, options) : readFolder(path, options);
