/**
 * Builds the picture set: every drawing is rendered once, trimmed, and packed into one binary file with a JSON index.
 * A maker that is finished stays finished: a build that was stopped goes on with the next maker. Node only.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type Appearance, appearanceOf } from './colours.ts';
import type { Concept, EmojiEntry } from './concepts.ts';
import { type Drawing, drawingsOf, emojiEntries, type Vendor, vendors } from './emoji.ts';
import { INDEX_FILE, SPRITES_FILE } from './open.ts';
import { rasterise } from './raster.ts';
import { type Maker, SET_VERSION, type SetIndex, type SpriteRecord } from './set.ts';
import { spriteOf } from './sprite.ts';

export interface BuildOptions {
  /** Folder that receives the two files. */
  out: string;
  /** Longest side of a sprite in pixels. */
  size?: number;
  signal?: AbortSignal;
  onProgress?: (progress: { maker: Maker; done: number; total: number }) => void;
}

/** A drawing with what it shows, before it is rendered. */
export interface Candidate {
  concept: Concept;
  source: string;
  drawing: Drawing;
  photo: boolean;
}

interface Part {
  size: number;
  sprites: (Omit<SpriteRecord, 'concept'> & { concept: string })[];
  bytes: number;
}

/** Builds the set, or does nothing when `out` already holds one of the same version and size. */
export async function buildEmojiSet({ out, size = 72, signal, onProgress }: BuildOptions): Promise<SetIndex> {
  const built = await readIndex(out);
  if (built?.size === size) return built;
  const entries = emojiEntries();
  const parts = join(out, 'parts');
  await mkdir(parts, { recursive: true });
  for (const vendor of vendors)
    await buildPart(join(parts, vendor), vendor, () => emojiCandidates(entries, vendor), { size, signal, onProgress });
  const index = await joinParts(out, parts, vendors, size, [...new Set(entries.map(({ concept }) => concept))]);
  await rm(parts, { recursive: true });
  return index;
}

async function readIndex(out: string): Promise<SetIndex | undefined> {
  try {
    const index: SetIndex = JSON.parse(await readFile(join(out, INDEX_FILE), 'utf8'));
    return index.version === SET_VERSION ? index : undefined;
  } catch {
    return undefined;
  }
}

function emojiCandidates(entries: EmojiEntry[], vendor: Vendor): Candidate[] {
  const find = drawingsOf(vendor);
  return entries.flatMap((entry) => {
    const drawing = find(entry);
    return drawing ? [{ concept: entry.concept, source: entry.name, drawing, photo: false }] : [];
  });
}

type PartOptions = Required<Pick<BuildOptions, 'size'>> & Pick<BuildOptions, 'signal' | 'onProgress'>;

async function buildPart(path: string, maker: Maker, candidates: () => Candidate[], options: PartOptions) {
  const { size, signal, onProgress } = options;
  const done = await readPart(path);
  if (done?.size === size) return;
  const all = candidates();
  const chunks: Uint8Array[] = [];
  const part: Part = { size, sprites: [], bytes: 0 };
  for (const [i, { concept, source, drawing, photo }] of all.entries()) {
    signal?.throwIfAborted();
    const raster = await rasterise(drawing, size);
    if (raster) {
      const packed = deflateRawSync(raster.rgba, { level: 9 });
      const { width, height } = raster;
      part.sprites.push({
        concept: concept.id,
        maker,
        source,
        width,
        height,
        offset: part.bytes,
        length: packed.length,
        photo,
        look: roundedLook(appearanceOf(spriteOf(raster.rgba, width, height))),
      });
      chunks.push(packed);
      part.bytes += packed.length;
    }
    if (i % 20 === 19 || i === all.length - 1) onProgress?.({ maker, done: i + 1, total: all.length });
  }
  await replaceFile(`${path}.bin`, Buffer.concat(chunks));
  await replaceFile(`${path}.json`, JSON.stringify(part));
}

/** Three digits are plenty, and keep the index small. */
function roundedLook(look: Appearance): Appearance {
  return JSON.parse(
    JSON.stringify(look, (_, value) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value)),
  );
}

async function readPart(path: string): Promise<Part | undefined> {
  try {
    return JSON.parse(await readFile(`${path}.json`, 'utf8'));
  } catch {
    return undefined;
  }
}

async function joinParts(out: string, parts: string, makers: readonly Maker[], size: number, concepts: Concept[]) {
  const places = new Map(concepts.map(({ id }, place) => [id, place]));
  const chunks: Uint8Array[] = [];
  const sprites: SpriteRecord[] = [];
  let bytes = 0;
  for (const maker of makers) {
    const part = (await readPart(join(parts, maker)))!;
    chunks.push(await readFile(join(parts, `${maker}.bin`)));
    for (const { concept, offset, ...rest } of part.sprites)
      sprites.push({ ...rest, concept: places.get(concept)!, offset: offset + bytes });
    bytes += part.bytes;
  }
  const index: SetIndex = { format: 'sightread-sprites', version: SET_VERSION, size, bytes, concepts, sprites };
  await replaceFile(join(out, SPRITES_FILE), Buffer.concat(chunks));
  // The index comes last: a set without one counts as not built.
  await replaceFile(join(out, INDEX_FILE), JSON.stringify(index));
  return index;
}

async function replaceFile(path: string, content: string | Uint8Array) {
  await writeFile(`${path}.tmp`, content);
  await rename(`${path}.tmp`, path);
}
