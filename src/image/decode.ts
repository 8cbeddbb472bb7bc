/**
 * From any picture source to upright RGB pixels, equal to what Pillow's `exif_transpose` and `convert('RGB')` give:
 * alpha dropped, first frame of an animation. Lossless files come out equal to the last bit, JPEG and WebP within two
 * levels; AVIF decoders differ more at edges, in how they spread the colour. Two things have no colour to keep: SVG
 * drawings, which Pillow does not read, are drawn on white; transparent parts of a GIF are black, where Pillow shows
 * whatever colour the palette happens to hold there.
 */
import { InputError, reason } from '../core/errors.ts';
import { inNaturalOrder, isPictureName } from './names.ts';
import { MAX_PIXELS, type Pixels, pixels } from './pixels.ts';
import type { ImageHeader, ImagePlatform } from './platform.ts';
import { describeLookalike } from './sniff.ts';
import { type ImageSource, isPixels, localPath, readSource, sourceName } from './source.ts';

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
    if (isPixels(source)) return checkedPixels(source);
    const { decode } = await open(source, options, platform);
    return decode(0);
  }

  async function decodeFrames(source: ImageSource, options: FrameOptions = {}): Promise<Pixels[]> {
    const { name = sourceName(source), maxPixels = MAX_PIXELS } = options;
    const clip = await openClip(source, options);
    const chosen = chooseFrames(clip.frames, name, options);
    const distinct = new Set(chosen);
    if (distinct.size * clip.framePixels > maxPixels)
      throw new InputError(
        `${name}: ${distinct.size} frames together are more than the limit of ${maxPixels} pixels; ask for fewer`,
      );
    const decoded = new Map<number, Pixels>();
    for (const frame of distinct) decoded.set(frame, await clip.decode(frame));
    return chosen.map((frame) => decoded.get(frame) as Pixels);
  }

  async function openClip(source: ImageSource, options: DecodeOptions): Promise<Clip> {
    if (isPixels(source)) return { frames: 1, framePixels: 0, decode: async () => checkedPixels(source) };
    return (await openFolder(source, options)) ?? (await open(source, options, platform));
  }

  async function openFolder(source: ImageSource, options: DecodeOptions): Promise<Clip | undefined> {
    const folder = localPath(source, platform);
    // A path that cannot be looked into is reported by the ordinary way in.
    const names = folder && (await platform.listFolder(folder).catch(() => undefined));
    if (!names) return undefined;
    const pictures = inNaturalOrder(names.filter(isPictureName));
    if (pictures.length === 0)
      throw new InputError(`${folder}: has no pictures in it; name a folder of JPEG, PNG or WebP`);
    const { maxPixels, signal } = options;
    const decode = (frame: number) => decodeImage(platform.joinPath(folder, pictures[frame]), { maxPixels, signal });
    return { frames: pictures.length, framePixels: 0, decode };
  }

  return { decodeImage, decodeFrames };
}

interface Clip {
  readonly frames: number;
  /** Of one frame, where all have one size; 0 where each is checked as it is read. */
  readonly framePixels: number;
  decode(frame: number): Promise<Pixels>;
}

function checkedPixels({ width, height, channels, data, fitted }: Pixels): Pixels {
  if (channels !== 3) throw new InputError(`raw pixels: have ${channels} channels; pass RGB, three bytes a pixel`);
  return { ...pixels(width, height, data), ...(fitted && { fitted }) };
}

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
      throw new InputError(`${name}: ${describeLookalike(encoded) ?? damaged(error)}`);
    });
  };
  return { frames: header.frames, framePixels: header.width * header.height, decode };
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
  if (reason(error).includes('corrupt header')) return damaged(error);
  return 'is not a picture in a known format; use JPEG, PNG, WebP, GIF, TIFF, AVIF or SVG';
}

/** libvips reports every attempt on a line of its own; the last is the one that settled it. */
function damaged(error: unknown): string {
  const lastLine = (error instanceof Error ? error.message : String(error)).split('\n').at(-1) as string;
  const fault = lastLine.replace('Input buffer has corrupt header: ', '');
  return `is damaged or cut off (${fault.trim()}); download or export it again`;
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
