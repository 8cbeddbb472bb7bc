/** COCO's captions: one JSON file that lists pictures and, apart from them, captions by picture id. Node only. */
import { dirname } from 'node:path';
import { InputError } from '../../core/errors.ts';
import { isRecord, keysOf, readJson } from './json.ts';
import { type PictureOptions, pictureFinder } from './pictures.ts';
import { type CaptionReader, rowReader } from './report.ts';

export interface CocoOptions extends PictureOptions {}

interface CocoJson {
  images: { id?: number | string; file_name?: string }[];
  annotations: { image_id?: number | string; caption?: unknown }[];
}

export const isCoco = (content: unknown): content is CocoJson =>
  isRecord(content) && Array.isArray(content.images) && Array.isArray(content.annotations);

/**
 * Reads COCO captions. Captions of unknown pictures, pictures without captions or without a file are reported.
 * @throws InputError when the file is not COCO's JSON.
 */
export async function readCoco(file: string, options: CocoOptions = {}): Promise<CaptionReader> {
  const content = await readJson(file);
  if (!isCoco(content))
    throw new InputError(
      `${file}: not COCO captions: "images" and "annotations" are needed, it has: ${keysOf(content)}`,
    );
  return cocoReader(file, content, options);
}

/** As `readCoco`, of a file that is already in memory. */
export function cocoReader(file: string, { images, annotations }: CocoJson, options: CocoOptions = {}): CaptionReader {
  return rowReader(async function* (refuse) {
    const find = pictureFinder(dirname(file), options);
    const captions = new Map<string, string[]>(images.map((picture) => [String(picture?.id), []]));
    for (const [i, annotation] of annotations.entries()) {
      const where = `annotations[${i}]`;
      const caption = annotation?.caption;
      const known = captions.get(String(annotation?.image_id));
      if (typeof caption !== 'string' || !caption.trim()) refuse(where, 'no caption');
      else if (!known) refuse(where, `picture ${annotation.image_id} is not in "images"`);
      else known.push(caption.trim());
    }
    for (const [i, picture] of images.entries()) {
      const { id, file_name } = picture ?? {};
      const where = `images[${i}]`;
      const found = captions.get(String(id));
      if (id === undefined || !file_name) refuse(where, 'no id or no file_name');
      else if (!found?.length) refuse(where, `no captions for ${file_name}`);
      else {
        const image = await find(file_name);
        if (image) yield { id: String(id), image, captions: found, source: file };
        else refuse(where, `${file_name} is not there; pass { images: FOLDER }?`);
      }
    }
  }, images.length);
}
