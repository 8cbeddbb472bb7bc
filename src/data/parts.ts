/** One maker's drawings, rendered into a file of their own; a part that is finished survives a build that is stopped. */
import { readFile } from 'node:fs/promises';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { reason } from '../core/errors.ts';
import { type Appearance, appearanceOf } from './colours.ts';
import type { Concept } from './concepts.ts';
import type { Candidate } from './debian.ts';
import { type Raster, rasterise } from './raster.ts';
import { replaceFile } from './replace-file.ts';
import { type Maker, SET_VERSION, type SkippedDrawing, type SpriteRecord } from './set.ts';
import { spriteOf } from './sprite.ts';

export interface Part {
  version: number;
  size: number;
  /** Records as in the index, with the concept's id in place of its number. */
  sprites: (Omit<SpriteRecord, 'concept'> & { concept: string })[];
  skipped: SkippedDrawing[];
  /** Length of the part's binary file. */
  bytes: number;
}

export interface PartOptions {
  size: number;
  signal?: AbortSignal;
  onProgress?: (progress: { maker: Maker; done: number; total: number }) => void;
}

/** Renders the candidates into `path`.bin and `path`.json, unless an earlier build finished them. */
export async function buildPart(
  path: string,
  maker: Maker,
  candidates: () => Candidate[],
  { size, signal, onProgress }: PartOptions,
  wanted: (raster: Raster, concept: Concept) => boolean = () => true,
): Promise<void> {
  const known = await readPart(path);
  if (known?.size === size && known.version === SET_VERSION) return;
  const all = candidates();
  const chunks: Uint8Array[] = [];
  const part: Part = { version: SET_VERSION, size, sprites: [], skipped: [], bytes: 0 };
  for (const [i, candidate] of all.entries()) {
    signal?.throwIfAborted();
    if (i % 20 === 19 || i === all.length - 1) onProgress?.({ maker, done: i + 1, total: all.length });
    const { concept, source, drawing } = candidate;
    let raster: Raster | undefined;
    try {
      raster = await rasterise(drawing, size);
    } catch (error) {
      part.skipped.push({ maker, source, fault: reason(error) });
      continue;
    }
    if (!raster) part.skipped.push({ maker, source, fault: 'nothing can be seen of it' });
    else if (wanted(raster, concept)) add(raster, candidate);
  }
  await replaceFile(`${path}.bin`, Buffer.concat(chunks));
  await replaceFile(`${path}.json`, JSON.stringify(part));

  function add({ rgba, width, height }: Raster, { concept, source, photo = false }: Candidate) {
    const packed = deflateRawSync(rgba, { level: 9 });
    part.sprites.push({
      concept: concept.id,
      maker,
      source,
      width,
      height,
      offset: part.bytes,
      length: packed.length,
      photo,
      look: rounded(appearanceOf(spriteOf(rgba, width, height))),
    });
    chunks.push(packed);
    part.bytes += packed.length;
  }
}

/** Three digits are plenty, and keep the index small. */
const rounded = (look: Appearance): Appearance =>
  JSON.parse(JSON.stringify(look, (_, value) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value)));

export async function readPart(path: string): Promise<Part | undefined> {
  try {
    return JSON.parse(await readFile(`${path}.json`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The pictures of a finished part. */
export async function partRasters(path: string): Promise<Raster[]> {
  const part = (await readPart(path))!;
  const bytes = await readFile(`${path}.bin`);
  return part.sprites.map(({ offset, length, width, height }) => ({
    rgba: inflateRawSync(bytes.subarray(offset, offset + length)),
    width,
    height,
  }));
}
