/** Puts the picture of a kept pair into the new set, as a link or as a copy. Node only. */
import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import type { Pair } from '../data/index.ts';
import { nodePlatform } from '../image/index.ts';
import type { Part } from './new-set.ts';

/** Folders of a thousand: file systems and people dislike larger ones. */
const perFolder = 1000;

/**
 * Places the picture of the pair at `place` of a part's source, and replaces what a run that was killed left there. A picture
 * that lies inside a larger file is written out; another is linked to, or copied.
 * @returns its path inside `folder`, with forward slashes
 */
export async function placePicture(
  folder: string,
  { part, place }: { part: Part; place: number },
  picture: Pair['picture'],
  copy: boolean,
): Promise<string> {
  const ending = 'path' in picture ? extname(picture.path).toLowerCase() : await endingOf(picture.bytes);
  const parent = part === 'human' ? 'images/human' : 'images';
  const name = `${parent}/${digits(Math.floor(place / perFolder), 6)}/${digits(place, 9)}${ending}`;
  const target = join(folder, name);
  await mkdir(dirname(target), { recursive: true });
  await rm(target, { force: true });
  if ('bytes' in picture) await writeFile(target, picture.bytes);
  else if (copy) await copyFile(picture.path, target);
  else await linkOrCopy(resolve(picture.path), target);
  return name;
}

const digits = (value: number, count: number) => String(value).padStart(count, '0');

async function endingOf(bytes: Uint8Array): Promise<string> {
  const { format } = await nodePlatform.readHeader(bytes);
  return format === 'jpeg' ? '.jpg' : `.${format}`;
}

/** Windows lets only some users link. */
async function linkOrCopy(path: string, target: string): Promise<void> {
  try {
    await symlink(path, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    await copyFile(path, target);
  }
}
