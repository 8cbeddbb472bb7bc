/** Opens a built picture set from its folder. Node only. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { InputError, reason, UsageError } from '../core/errors.ts';
import { EmojiSet, type PackedSet, SET_VERSION, type SetIndex } from './set.ts';

export const INDEX_FILE = 'emoji-5.json';
export const SPRITES_FILE = 'emoji-5.bin';

/** A set from data already in memory, as a worker receives it. */
export const unpackSet = (packed: PackedSet): EmojiSet => new EmojiSet(packed, (bytes) => inflateRawSync(bytes));

/**
 * Opens the set that `buildEmojiSet` wrote into `folder`.
 * @throws UsageError when nothing was built there, InputError when the files do not belong together.
 */
export async function openEmojiSet(folder: string): Promise<EmojiSet> {
  const path = join(folder, INDEX_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${path}: no picture set is built there (${reason(error)}); build it with "sightread data build"`,
    );
  }
  let index: SetIndex;
  try {
    index = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path}: not JSON (${reason(error)}); delete the folder and build the set again`);
  }
  if (index.format !== 'sightread-sprites' || index.version !== SET_VERSION)
    throw new InputError(`${path}: made by another version; delete the folder and build the set again`);
  const bytes = await readFile(join(folder, SPRITES_FILE));
  if (bytes.length !== index.bytes)
    throw new InputError(
      `${join(folder, SPRITES_FILE)}: ${bytes.length} bytes where the index says ${index.bytes}; build the set again`,
    );
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return unpackSet({ index, bytes: shared });
}
