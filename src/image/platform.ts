import type { Pixels } from './pixels.ts';

/** What the first bytes of an encoded picture say, before anything is decoded. */
export interface ImageHeader {
  /** `jpeg`, `png`, `webp`, `gif`, `tiff`, `svg`, `heif`, … */
  readonly format: string;
  /** As stored, before the picture is turned upright. */
  readonly width: number;
  readonly height: number;
  /** How many frames it has; 1 for a still picture. */
  readonly frames: number;
  /** What the stored samples are, where a rule of `convert.ts` depends on it. */
  readonly samples: 'rgb' | 'cmyk' | 'grey16';
}

/**
 * Everything that reading pictures needs from the machine. `node.ts` is the one for Node; a page brings its own. Each
 * function rejects with whatever its library throws: `decode.ts` turns that into an InputError that names the picture.
 */
export interface ImagePlatform {
  /** The names in a folder, unsorted; undefined when the path is no folder. */
  listFolder(path: string): Promise<string[] | undefined>;
  joinPath(folder: string, name: string): string;
  readFile(path: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** A `file:` URL as a path. */
  filePath(url: string): string;
  /** Must not allocate the picture. */
  readHeader(encoded: Uint8Array): Promise<ImageHeader>;
  /** One frame as upright RGB by the rules in `convert.ts`. */
  decodeFrame(encoded: Uint8Array, header: ImageHeader, frame: number): Promise<Pixels>;
}
