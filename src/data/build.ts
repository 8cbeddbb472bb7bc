/**
 * Builds the picture set: every drawing is rendered once, trimmed, and packed into one binary file with a JSON index.
 * A maker that is finished stays finished: a build that was stopped goes on with the next maker. Node only.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Concept, EmojiEntry } from './concepts.ts';
import { type Candidate, clipartCandidates, stampCandidates } from './debian.ts';
import { drawingsOf, emojiEntries, type Vendor, vendors } from './emoji.ts';
import { INDEX_FILE, SPRITES_FILE } from './open.ts';
import { buildPart, type PartOptions, partRasters, readPart } from './parts.ts';
import type { Raster } from './raster.ts';
import { replaceFile } from './replace-file.ts';
import { type Maker, makers, SET_VERSION, type SetIndex, type SkippedDrawing, type SpriteRecord } from './set.ts';
import { nearDuplicate, thumbnailOf } from './thumbnails.ts';

export interface BuildOptions extends Partial<PartOptions> {
  /** Folder that receives the two files. */
  out: string;
  /** Longest side of a sprite in pixels. */
  size?: number;
  /** Whose drawings to take; all by default. Packages of Debian that are not installed give none. */
  makers?: readonly Maker[];
  /** Which concepts to take; all by default. */
  keep?: (concept: Concept) => boolean;
}

/**
 * Builds the set into `out`, or returns the index of the one that is there with the same version and size.
 * @throws UsageError when an npm package of pictures is not installed; the signal's reason when it is aborted.
 */
export async function buildEmojiSet(options: BuildOptions): Promise<SetIndex> {
  const { out, size = 72, makers: chosen = makers, keep = () => true } = options;
  const built = await readIndex(out);
  if (built?.size === size) return built;
  const entries = emojiEntries().filter(({ concept }) => keep(concept));
  const concepts = [...new Set(entries.map(({ concept }) => concept))];
  const core = concepts.filter((concept) => concept.core);
  const folder = join(out, 'parts');
  const part = (maker: Maker) => join(folder, maker);
  await mkdir(folder, { recursive: true });
  const shared = { size, signal: options.signal, onProgress: options.onProgress };
  for (const vendor of vendors.filter((vendor) => chosen.includes(vendor)))
    await buildPart(part(vendor), vendor, () => emojiCandidates(entries, vendor), shared);
  // Stamps come before clip art, which is compared with them.
  if (chosen.includes('stamps')) await buildPart(part('stamps'), 'stamps', () => stampCandidates(core), shared);
  if (chosen.includes('openclipart')) {
    const stamps = chosen.includes('stamps') ? await partRasters(part('stamps')) : [];
    await buildPart(part('openclipart'), 'openclipart', () => clipartCandidates(core), shared, newClipart(stamps));
  }
  const index = await joinParts(
    out,
    chosen.map((maker) => part(maker)),
    size,
    concepts,
  );
  await rm(folder, { recursive: true });
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

/** No concept gets more clip art than this, or a few (cats, houses) would outweigh the rest. */
const mostClipart = 6;

/** Takes clip art that is no copy of a stamp (those are kept for tests) or of earlier clip art, a few a concept. */
function newClipart(stamps: readonly Raster[]): (raster: Raster, concept: Concept) => boolean {
  const seen = stamps.map(thumbnailOf);
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

async function joinParts(out: string, paths: readonly string[], size: number, concepts: Concept[]): Promise<SetIndex> {
  const places = new Map(concepts.map(({ id }, place) => [id, place]));
  const chunks: Uint8Array[] = [];
  const sprites: SpriteRecord[] = [];
  const skipped: SkippedDrawing[] = [];
  let bytes = 0;
  for (const path of paths) {
    const part = (await readPart(path))!;
    chunks.push(await readFile(`${path}.bin`));
    for (const { concept, offset, ...rest } of part.sprites)
      sprites.push({ ...rest, concept: places.get(concept)!, offset: offset + bytes });
    skipped.push(...part.skipped);
    bytes += part.bytes;
  }
  const index: SetIndex = {
    format: 'sightread-sprites',
    version: SET_VERSION,
    size,
    bytes,
    concepts,
    sprites,
    skipped,
  };
  await replaceFile(join(out, SPRITES_FILE), Buffer.concat(chunks));
  // The index comes last: a set without one counts as not built.
  await replaceFile(join(out, INDEX_FILE), JSON.stringify(index));
  return index;
}
