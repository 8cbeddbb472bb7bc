/** Reading and writing pictures in Node: files through node:fs, codecs through sharp (libvips). */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sharp } from 'sharp';
import { clipGrey16, cmykToRgb, dropAlpha } from './convert.ts';
import { type Pixels, pixels } from './pixels.ts';
import type { ImageHeader, ImagePlatform } from './platform.ts';

/** sharp takes tens of milliseconds to load its libraries: only whoever touches a picture waits for it. */
const loadSharp = async () => (await import('sharp')).default;

export const nodePlatform: ImagePlatform = {
  async listFolder(path) {
    return (await stat(path)).isDirectory() ? readdir(path) : undefined;
  },
  joinPath: join,
  readFile: (path, signal) => readFile(path, { signal }),
  filePath: fileURLToPath,
  readHeader,
  decodeFrame,
};

/**
 * A truncated picture is refused, as Pillow does; lesser faults (stray bytes, odd markers) are not. The size limit is
 * the caller's, who checks the header first.
 */
const strictness = { failOn: 'truncated', ignoreIcc: true, limitInputPixels: false } as const;

async function readHeader(encoded: Uint8Array): Promise<ImageHeader> {
  const sharp = await loadSharp();
  const { format, width, height, pages = 1, space, depth, channels } = await sharp(encoded, strictness).metadata();
  // Pillow clips plain 16-bit grey only; 16-bit colour, and grey with alpha, lose their low byte, as in libvips.
  const grey16 = depth === 'ushort' && channels === 1;
  return { format, width, height, frames: pages, samples: space === 'cmyk' ? 'cmyk' : grey16 ? 'grey16' : 'rgb' };
}

async function decodeFrame(encoded: Uint8Array, header: ImageHeader, frame: number): Promise<Pixels> {
  const sharp = await loadSharp();
  const page = header.frames > 1 ? { page: frame } : {};
  const upright = sharp(encoded, { ...strictness, ...page }).autoOrient();
  const { data, info } = await asStored(upright, header).toBuffer({ resolveWithObject: true });
  return pixels(info.width, info.height, toRgb(data, header, info.channels));
}

/** The samples without libvips's own conversions. */
function asStored(picture: Sharp, { format, samples }: ImageHeader): Sharp {
  if (samples === 'cmyk') return picture.pipelineColourspace('cmyk').toColourspace('cmyk').raw();
  if (samples === 'grey16') return picture.toColourspace('grey16').raw({ depth: 'ushort' });
  // A drawing has no colour under its transparent parts; paper is white.
  const opaque = format === 'svg' ? picture.flatten({ background: 'white' }) : picture;
  return opaque.toColourspace('srgb').raw();
}

function toRgb(data: Buffer, { samples }: ImageHeader, channels: number): Uint8Array {
  if (samples === 'cmyk') return cmykToRgb(data);
  if (samples === 'grey16') return clipGrey16(new Uint16Array(data.buffer, data.byteOffset, data.length / 2));
  // Not the Buffer itself: its `slice` shares memory, where a Uint8Array's copies.
  return channels === 4 ? dropAlpha(data) : new Uint8Array(data.buffer, data.byteOffset, data.length);
}

/** A picture as PNG bytes. */
export async function encodePng({ width, height, channels, data }: Pixels): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
}
