/**
 * The split files of Karpathy and Fei-Fei (2015), dataset_coco.json, dataset_flickr30k.json and dataset_flickr8k.json:
 * pictures with their sentences and the part of the set that they belong to. Node only.
 */
import { dirname } from 'node:path';
import { InputError } from '../../core/errors.ts';
import { captionsIn } from './columns.ts';
import { isRecord, keysOf, readJson } from './json.ts';
import { type PictureOptions, pictureFinder } from './pictures.ts';
import { type CaptionReader, rowReader } from './report.ts';
import { type SplitOptions, splitFilter } from './split.ts';

export interface KarpathyOptions extends PictureOptions, SplitOptions {}

interface KarpathyJson {
  images: {
    /** Folder of the picture: val2014 or train2014 of COCO; the Flickr sets have none. */
    filepath?: string;
    filename?: string;
    cocoid?: number;
    split?: string;
    sentences?: unknown;
  }[];
}

export const isKarpathy = (content: unknown): content is KarpathyJson =>
  isRecord(content) &&
  Array.isArray(content.images) &&
  !Array.isArray(content.annotations) &&
  content.images.some((picture) => isRecord(picture) && 'sentences' in picture);

/**
 * Reads a split file. COCO's pictures keep their COCO number as id, so that results can be compared; those of Flickr go
 * by file name. What papers train on is `{ split: 'train+restval' }` of COCO.
 * @throws InputError when the file is of another form; UsageError, after the last row, for a split that does not exist
 */
export async function readKarpathy(file: string, options: KarpathyOptions = {}): Promise<CaptionReader> {
  const content = await readJson(file);
  if (!isKarpathy(content))
    throw new InputError(
      `${file}: not a split file of Karpathy's: "images" with "sentences" are needed, it has: ${keysOf(content)}`,
    );
  return karpathyReader(file, content, options);
}

/** As `readKarpathy`, of a file that is already in memory. */
export function karpathyReader(file: string, { images }: KarpathyJson, options: KarpathyOptions = {}): CaptionReader {
  return rowReader(
    async function* (refuse) {
      const find = pictureFinder(dirname(file), options);
      const split = splitFilter(file, options);
      for (const [i, picture] of images.entries()) {
        const { filepath, filename, cocoid, split: side, sentences } = picture ?? {};
        if (!split.takes(side)) continue;
        const where = `images[${i}]`;
        const captions = captionsIn(sentences);
        if (!filename) refuse(where, 'no filename');
        else if (captions.length === 0) refuse(where, `no sentences for ${filename}`);
        else {
          // Whoever keeps both folders in one has no val2014 in the path.
          const image = (filepath && (await find(`${filepath}/${filename}`))) || (await find(filename));
          if (image) yield { id: String(cocoid ?? filename), image, captions, source: file };
          else refuse(where, `${filename} is not there; pass { images: FOLDER }?`);
        }
      }
      split.end();
    },
    options.split ? undefined : images.length,
  );
}
