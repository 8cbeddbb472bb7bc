/** Where the picture lies that a table names by its file or by the address that it was downloaded from. Node only. */
import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

export interface PictureOptions {
  /** Folder of the pictures; by default that of the file that names them. */
  images?: string;
  /** False leaves unchecked whether the pictures are there, for those who want the captions alone. Default true. */
  needPictures?: boolean;
}

/** The path of a picture by its name or address, or undefined when it is not there. */
export type FindPicture = (name: string) => Promise<string | undefined>;

/** Folders that data sets put their pictures in. */
const usualPlaces = ['', 'images', 'Images', 'train', 'data'];
const endings = ['', '.jpg', '.jpeg', '.png', '.webp', '.gif'];

/** Looks in `folder` or, where it is given, in the folder of `images`, and never outside of it. */
export function pictureFinder(folder: string, { images = folder, needPictures = true }: PictureOptions): FindPicture {
  const root = resolve(images);
  const within = root.endsWith(sep) ? root : root + sep;
  const find = async (name: string) => {
    for (const place of usualPlaces) {
      const path = resolve(root, place, name);
      if (path.startsWith(within) && (!needPictures || (await exists(path)))) return path;
    }
    return undefined;
  };
  const findDownload = downloadFinder(find);
  return (name) => (isAddress(name) && needPictures ? findDownload(name) : find(name));
}

/** All pictures of a set are named by one scheme, so the one that fitted last is tried first. */
function downloadFinder(find: FindPicture): FindPicture {
  let fitted: { scheme: number; ending: string } | undefined;
  return async (address) => {
    const stems = downloadNames(address);
    const usual = fitted && stems[fitted.scheme] && (await find(stems[fitted.scheme] + fitted.ending));
    if (usual) return usual;
    for (const [scheme, stem] of stems.entries())
      for (const ending of endings) {
        const path = stem && (await find(stem + ending));
        if (!path) continue;
        fitted = { scheme, ending };
        return path;
      }
    return undefined;
  };
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

export const isAddress = (name: string): boolean => /^https?:\/\//i.test(name);

/**
 * How download scripts name the file of an address: by its CRC-32 in decimal (the usual one of Conceptual Captions), a
 * digest in hexadecimal, or the last part of its path, which is last here because two addresses may share it.
 */
function downloadNames(address: string): string[] {
  const digest = (kind: string) => createHash(kind).update(address).digest('hex');
  const last =
    address
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) ?? '';
  return [String(crc32(Buffer.from(address))), digest('md5'), digest('sha1'), digest('sha256'), last];
}

// zlib.crc32 exists from Node 20.15 on only.
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
