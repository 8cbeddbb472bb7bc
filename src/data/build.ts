/**
 * Builds the picture set: every drawing is rendered once, trimmed, and packed into one binary file with a JSON index.
 * A maker that is finished stays finished: a build that was stopped goes on with the next maker. Node only.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Appearance, appearanceOf } from './colours.ts';
import type { Concept, EmojiEntry } from './concepts.ts';
import { type Candidate, clipartCandidates, stampCandidates } from './debian.ts';
import { drawingsOf, emojiEntries, type Vendor, vendors } from './emoji.ts';
import { INDEX_FILE, SPRITES_FILE } from './open.ts';
import { type Raster, rasterise } from './raster.ts';
import { type Maker, SET_VERSION, type SetIndex, type SpriteRecord } from './set.ts';
import { spriteOf } from './sprite.ts';
import { nearDuplicate, photographic, thumbnailOf } from './thumbnails.ts';

export interface BuildOptions {
  /** Folder that receives the two files. */
  out: string;
  /** Longest side of a sprite in pixels. */
  size?: number;
  signal?: AbortSignal;
  onProgress?: (progress: { maker: Maker; done: number; total: number }) => void;
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
  const concepts = [...new Set(entries.map(({ concept }) => concept))];
  const core = concepts.filter((concept) => concept.core);
  const parts = join(out, 'parts');
  await mkdir(parts, { recursive: true });
  const options = { size, signal, onProgress };
  for (const vendor of vendors)
    await buildPart(join(parts, vendor), vendor, () => emojiCandidates(entries, vendor), options);
  await buildPart(join(parts, 'stamps'), 'stamps', () => stampCandidates(core), options);
  const wanted = await newClipart(join(parts, 'stamps'));
  await buildPart(join(parts, 'openclipart'), 'openclipart', () => clipartCandidates(core), options, wanted);
  const index = await joinParts(out, parts, [...vendors, 'openclipart', 'stamps'], size, concepts);
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
    return drawing ? [{ concept: entry.concept, source: entry.name, drawing }] : [];
  });
}

type PartOptions = Required<Pick<BuildOptions, 'size'>> & Pick<BuildOptions, 'signal' | 'onProgress'>;

/** Renders one maker's drawings into a part of its own, unless an earlier build finished it. */
async function buildPart(
  path: string,
  maker: Maker,
  candidates: () => Candidate[],
  { size, signal, onProgress }: PartOptions,
  wanted: (raster: Raster, concept: Concept) => boolean = () => true,
) {
  if ((await readPart(path))?.size === size) return;
  const all = candidates();
  const chunks: Uint8Array[] = [];
  const part: Part = { size, sprites: [], bytes: 0 };
  for (const [i, { concept, source, drawing }] of all.entries()) {
    signal?.throwIfAborted();
    const raster = await rasterise(drawing, size);
    if (i % 20 === 19 || i === all.length - 1) onProgress?.({ maker, done: i + 1, total: all.length });
    if (!raster || !wanted(raster, concept)) continue;
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
      photo: maker === 'stamps' && source.endsWith('.png') && photographic(raster),
      look: roundedLook(appearanceOf(spriteOf(raster.rgba, width, height))),
    });
    chunks.push(packed);
    part.bytes += packed.length;
  }
  await replaceFile(`${path}.bin`, Buffer.concat(chunks));
  await replaceFile(`${path}.json`, JSON.stringify(part));
}

/** No concept gets more clip art than this, or a few (cats, houses) would outweigh the rest. */
const mostClipart = 6;

/** Takes clip art that is no copy of a stamp (those are kept for tests) or of earlier clip art, a few a concept. */
async function newClipart(stampsPart: string): Promise<(raster: Raster, concept: Concept) => boolean> {
  const seen = (await spritesOfPart(stampsPart)).map(thumbnailOf);
  const counts = new Map<Concept, number>();
  return (raster, concept) => {
    const thumbnail = thumbnailOf(raster);
    const count = counts.get(concept) ?? 0;
    if (count >= mostClipart || seen.some((other) => nearDuplicate(thumbnail, other))) return false;
    seen.push(thumbnail);
    counts.set(concept, count + 1);
    return true;
  };
}

async function spritesOfPart(path: string): Promise<Raster[]> {
  const part = (await readPart(path))!;
  const bytes = await readFile(`${path}.bin`);
  return part.sprites.map(({ offset, length, width, height }) => ({
    rgba: inflateRawSync(bytes.subarray(offset, offset + length)),
    width,
    height,
  }));
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
