/** Where pictures come from, and how each kind of source turns into encoded bytes. */
import { InputError, reason } from '../core/errors.ts';
import type { Pixels } from './pixels.ts';
import type { ImagePlatform } from './platform.ts';

/**
 * A path, an `http:`, `https:`, `file:` or `data:` URL, encoded bytes, a Blob or File, or pixels that are already
 * decoded.
 */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | Blob | Pixels;

export const isPixels = (source: unknown): source is Pixels =>
  typeof source === 'object' && source !== null && 'channels' in source && 'data' in source;

/** What to call a source in a message. */
export function sourceName(source: ImageSource): string {
  if (typeof source === 'string') return source.startsWith('data:') ? `data URL (${source.slice(0, 32)}…)` : source;
  if (source instanceof URL) return sourceName(source.href);
  if (source instanceof Blob) return 'name' in source ? String(source.name) : `Blob of ${source.size} bytes`;
  return isPixels(source) ? 'raw pixels' : `buffer of ${source.byteLength} bytes`;
}

/** An address rather than a path; `C:\cat.jpg` and `take:2.jpg` are paths. */
const address = /^(data:|file:|[a-z][a-z0-9+.-]+:\/\/)/i;

/** The local path a source names, if it names one. */
export function localPath(source: ImageSource, platform: ImagePlatform): string | undefined {
  if (source instanceof URL) return localPath(source.href, platform);
  if (typeof source !== 'string') return undefined;
  if (!address.test(source)) return source;
  if (!/^file:/i.test(source)) return undefined;
  try {
    return platform.filePath(source);
  } catch (error) {
    throw new InputError(`${source}: is not the address of a local file (${reason(error)}); use a plain path`);
  }
}

/** The encoded bytes. Throws InputError naming the source when it cannot be read. */
export async function readSource(
  source: Exclude<ImageSource, Pixels>,
  name: string,
  platform: ImagePlatform,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  const path = localPath(source, platform);
  return path === undefined ? download(String(source), name, signal) : readLocal(path, name, platform, signal);
}

async function readLocal(path: string, name: string, platform: ImagePlatform, signal?: AbortSignal) {
  try {
    if (await platform.listFolder(path))
      throw new InputError(`${name}: is a folder, not a picture; name the pictures in it, or read it as frames`);
    return await platform.readFile(path, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InputError) throw error;
    throw new InputError(
      `${name}: ${fileFaults[(error as { code?: string }).code ?? ''] ?? `cannot be read (${reason(error)})`}`,
    );
  }
}

const fileFaults: Record<string, string | undefined> = {
  ENOENT: 'no such file; check the spelling and the current folder',
  ENOTDIR: 'no such file; a part of the path is a file, not a folder',
  EACCES: 'may not be read; change its permissions',
  ERR_FS_FILE_TOO_LARGE: 'is over 2 GiB, which no picture needs; check that the path is right',
};

async function download(url: string, name: string, signal?: AbortSignal): Promise<Uint8Array> {
  if (!/^(https?|data):/i.test(url))
    throw new InputError(
      `${name}: this kind of address is not supported; use a path or an http, https, file or data URL`,
    );
  try {
    const response = await fetch(url, { signal });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    throw new InputError(
      `${name}: the server answered ${response.status} ${response.statusText}; open the address in a browser to see why`,
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InputError) throw error;
    const cause = error instanceof Error && error.cause ? error.cause : error;
    throw new InputError(`${name}: cannot be fetched (${reason(cause)}); check the address and the network`);
  }
}
