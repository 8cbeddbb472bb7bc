/** COCO's captions: one JSON file that lists pictures and, apart from them, captions by picture id. Node only. */
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError, reason } from '../../core/errors.ts';
import { type CaptionReader, rowReader } from './report.ts';

export interface CocoOptions {
  /** Folder of the pictures; by default that of the JSON file. */
  images?: string;
}

interface CocoJson {
  images?: { id?: number | string; file_name?: string }[];
  annotations?: { image_id?: number | string; caption?: unknown }[];
}

/**
 * Reads COCO captions. Captions of unknown pictures, pictures without captions or without a file are reported.
 * @throws InputError when the file is not COCO's JSON.
 */
export async function readCoco(
  file: string,
  { images: folder = dirname(file) }: CocoOptions = {},
): Promise<CaptionReader> {
  let content: CocoJson;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new InputError(`${file}: not readable as JSON (${reason(error)})`);
  }
  const { images, annotations } = content;
  if (!Array.isArray(images) || !Array.isArray(annotations)) {
    const keys = content && typeof content === 'object' ? Object.keys(content).join(', ') : typeof content;
    throw new InputError(`${file}: not COCO captions: "images" and "annotations" are needed, it has: ${keys}`);
  }
  return rowReader(async function* (refuse) {
    const captions = new Map<string, string[]>();
    const known = new Set(images.map(({ id }) => String(id)));
    for (const [i, { image_id, caption }] of annotations.entries()) {
      const where = `annotations[${i}]`;
      if (typeof caption !== 'string' || !caption.trim()) refuse(where, 'no caption');
      else if (!known.has(String(image_id))) refuse(where, `picture ${image_id} is not in "images"`);
      else captions.set(String(image_id), [...(captions.get(String(image_id)) ?? []), caption.trim()]);
    }
    for (const [i, { id, file_name }] of images.entries()) {
      const found = captions.get(String(id));
      if (id === undefined || !file_name) refuse(`images[${i}]`, 'no id or no file_name');
      else if (!found) refuse(`images[${i}]`, `no captions for ${file_name}`);
      else {
        const image = join(folder, file_name);
        const there = await access(image).then(
          () => true,
          () => false,
        );
        if (there) yield { id: String(id), image, captions: found, source: file };
        else refuse(`images[${i}]`, `${image} is not there; pass { images: FOLDER }?`);
      }
    }
  });
}
