/** What people wrote about pictures, to be found by any name that a results file may give a picture. */
import { basename, extname } from 'node:path';
import { type CaptionOptions, readCaptions } from '../../data/index.ts';
import type { BadRow } from '../captions.ts';

export interface References {
  /** Captions by the id of the picture. */
  captions: Map<string, readonly string[]>;
  /** The id of a picture by id, file name, or file name without its ending. */
  idOf(name: string): string | undefined;
  bad: BadRow[];
}

/** Reads a captioned set for its captions alone: its pictures need not be there. Throws as `readCaptions` does. */
export async function readReferences(path: string, options: CaptionOptions = {}): Promise<References> {
  const reader = await readCaptions(path, { ...options, needPictures: false });
  const captions = new Map<string, readonly string[]>();
  const names = new Map<string, string | undefined>();
  // Two pictures of one name in different folders can be told apart by their ids only.
  const name = (text: string, id: string) =>
    names.set(text, names.has(text) && names.get(text) !== id ? undefined : id);
  for await (const { id, image, captions: texts } of reader) {
    captions.set(id, [...(captions.get(id) ?? []), ...texts]);
    for (const alias of [id, ...(typeof image === 'string' ? [image] : [])])
      for (const text of shorter(alias)) name(text, id);
  }
  return {
    captions,
    idOf: (given) =>
      captions.has(given)
        ? given
        : shorter(given)
            .map((text) => names.get(text))
            .find(Boolean),
    bad: reader.report.bad,
  };
}

const shorter = (path: string): string[] => {
  const file = basename(path);
  return [file, file.slice(0, file.length - extname(file).length)];
};
