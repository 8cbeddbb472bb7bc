/**
 * From any picture source to upright RGB pixels, equal to what Pillow's `exif_transpose` and `convert('RGB')` give:
 * alpha dropped, first frame of an animation. SVG drawings, which Pillow does not read, are drawn on white.
 */
import { InputError, reason } from '../core/errors.ts';
import { type Pixels, pixels } from './pixels.ts';
import type { ImageHeader, ImagePlatform } from './platform.ts';
import { describeLookalike } from './sniff.ts';
import { type ImageSource, isPixels, localPath, readSource, sourceName } from './source.ts';

/** The size at which Pillow takes a picture for a decompression bomb and refuses it. */
export const MAX_PIXELS = 178_956_970;

export interface DecodeOptions {
  /** The largest width × height to decode; checked before any pixel is. */
  maxPixels?: number;
  /** What to call the picture in messages, where the source itself has no name. */
  name?: string;
  signal?: AbortSignal;
}

export interface FrameOptions extends DecodeOptions {
  /** So many frames, evenly spaced over the whole; a shorter clip repeats frames. */
  count?: number;
  /** These frames, by number from 0. Without `count` and `frames`, all of them. */
  frames?: readonly number[];
}

export interface ImageReader {
  /** One picture. Throws InputError with one line that names the source, the fault and the remedy. */
  decodeImage(source: ImageSource, options?: DecodeOptions): Promise<Pixels>;
  /**
   * Several frames of an animated GIF or WebP, or of a folder of pictures in the order of their names ("2.png" before
   * "10.png"). A still picture is a clip of one frame. Throws InputError as `decodeImage` does.
   */
  decodeFrames(source: ImageSource, options?: FrameOptions): Promise<Pixels[]>;
}

export function imageReader(platform: ImagePlatform): ImageReader {
  async function decodeImage(source: ImageSource, options: DecodeOptions = {}): Promise<Pixels> {
    if (isPixels(source)) return pixels(source.width, source.height, source.data);
    const { decode } = await open(source, options, platform);
    return decode(0);
  }

  async function decodeFrames(source: ImageSource, options: FrameOptions = {}): Promise<Pixels[]> {
    if (isPixels(source)) return chooseFrames(1, 'raw pixels', options).map(() => source);
    const clip = (await openFolder(source, options)) ?? (await open(source, options, platform));
    const name = options.name ?? sourceName(source);
    const decoded = new Map<number, Pixels>();
    for (const frame of new Set(chooseFrames(clip.frames, name, options))) decoded.set(frame, await clip.decode(frame));
    return chooseFrames(clip.frames, name, options).map((frame) => decoded.get(frame) as Pixels);
  }

  async function openFolder(source: ImageSource, options: DecodeOptions): Promise<Clip | undefined> {
    const folder = localPath(source, platform);
    // A path that cannot be looked into is reported by the ordinary way in.
    const names = folder && (await platform.listFolder(folder).catch(() => undefined));
    if (!names) return undefined;
    const pictures = names.filter((name) => pictureName.test(name)).sort(byNumber);
    if (pictures.length === 0)
      throw new InputError(`${folder}: has no pictures in it; name a folder of JPEG, PNG or WebP`);
    const { maxPixels, signal } = options;
    const decode = (frame: number) => decodeImage(platform.joinPath(folder, pictures[frame]), { maxPixels, signal });
    return { frames: pictures.length, decode };
  }

  return { decodeImage, decodeFrames };
}

interface Clip {
  frames: number;
  decode(frame: number): Promise<Pixels>;
}

const pictureName = /^[^.].*\.(jpe?g|png|webp|gif|tiff?|avif|svg)$/i;
const byNumber = new Intl.Collator('en', { numeric: true }).compare;

async function open(
  source: Exclude<ImageSource, Pixels>,
  { maxPixels = MAX_PIXELS, signal, name = sourceName(source) }: DecodeOptions,
  platform: ImagePlatform,
): Promise<Clip> {
  signal?.throwIfAborted();
  const encoded = await readSource(source, name, platform, signal);
  signal?.throwIfAborted();
  if (encoded.length === 0) throw new InputError(`${name}: is empty; save or download it again`);
  const header = await platform.readHeader(encoded).catch((error) => {
    throw new InputError(`${name}: ${undecodable(encoded, error)}`);
  });
  checkSize(header, name, maxPixels);
  const decode = async (frame: number) => {
    signal?.throwIfAborted();
    return platform.decodeFrame(encoded, header, frame).catch((error) => {
      throw new InputError(`${name}: ${damaged(header.format, error)}`);
    });
  };
  return { frames: header.frames, decode };
}

function checkSize({ width, height }: ImageHeader, name: string, maxPixels: number): void {
  if (width * height > maxPixels)
    throw new InputError(
      `${name}: ${width} × ${height} is more than the limit of ${maxPixels} pixels; shrink it, or raise maxPixels`,
    );
}

/** Bytes of another kind, a known format with a broken header, or bytes that never were a picture. */
function undecodable(encoded: Uint8Array, error: unknown): string {
  const lookalike = describeLookalike(encoded);
  if (lookalike) return lookalike;
  const [, format] = /corrupt header: (?:Vips)?([a-z]+)/i.exec(reason(error)) ?? [];
  return format
    ? damaged(format, error)
    : 'is not a picture in a known format; use JPEG, PNG, WebP, GIF, TIFF, AVIF or SVG';
}

function damaged(format: string, error: unknown): string {
  const kind = format.replace(/(load)?(_buffer)?$/, '').toUpperCase();
  return `is a damaged or cut-off ${kind} picture (${reason(error)}); download or export it again`;
}

/** Frame numbers in the order asked for. */
function chooseFrames(total: number, name: string, { count, frames }: FrameOptions): number[] {
  if (frames) {
    const missing = frames.find((frame) => !Number.isInteger(frame) || frame < 0 || frame >= total);
    if (missing === undefined) return [...frames];
    throw new InputError(`${name}: has no frame ${missing}; choose among 0 to ${total - 1}`);
  }
  if (count === undefined) return Array.from({ length: total }, (_, frame) => frame);
  if (!Number.isInteger(count) || count < 1)
    throw new InputError(`${name}: cannot choose ${count} frames; ask for 1 or more`);
  // The middle frame of each of `count` equal stretches (GIT samples evenly spaced frames at test time).
  return Array.from({ length: count }, (_, stretch) => Math.floor(((stretch + 0.5) * total) / count));
}
