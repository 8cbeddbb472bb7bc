/** Brings the files of one commit into the cache, a few at a time. */
import { join } from 'node:path';
import type { DownloadError } from '../core/errors.ts';
import { type RepositoryCache, sizeIfPresent } from './hub-cache.ts';
import { download } from './hub-download.ts';
import type { HubClient, HubResponse } from './hub-http.ts';
import { withLock } from './hub-lock.ts';
import type { RemoteFile } from './hub-repository.ts';

export interface DownloadProgress {
  /** The file that has just grown. */
  file: string;
  /** Bytes of all files of this download that are here, and that there will be. */
  received: number;
  total: number;
}

export interface FetchOptions {
  client: HubClient;
  commit: string;
  cache: RepositoryCache;
  refusal: (response: HubResponse, file?: string) => DownloadError;
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
}

/** Connections at a time: small files wait for answers, not for bytes. */
const lanes = 4;

/** Brings files into the snapshot. The first failure stops the others; what they have stays for the next try. */
export async function fetchAll(files: readonly RemoteFile[], options: FetchOptions): Promise<void> {
  const { client, commit, cache, refusal, onProgress } = options;
  const received = new Map<string, number>();
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((a, b) => a + b, 0);

  const fetchOne = async ({ name, etag, size, ...rest }: RemoteFile) => {
    if (await isPresent(join(cache.snapshot(commit), name), size)) {
      received.set(name, size ?? 0);
      return;
    }
    const place = cache.blob(etag);
    await withLock(cache.lock(etag), signal, async () => {
      // Another process, or another model with the same file, may have brought it.
      if (await isPresent(place, size)) return;
      await download(
        { name, etag, size, ...rest },
        {
          client,
          place,
          signal,
          refusal: (response) => refusal(response, name),
          onBytes: (bytes) => {
            received.set(name, bytes);
            const total = sum(files.map((file) => file.size ?? received.get(file.name) ?? 0));
            onProgress?.({ file: name, received: sum(received.values()), total });
          },
        },
      );
    });
    await cache.link(etag, commit, name);
  };

  const waiting = [...files];
  const lane = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) await fetchOne(file);
  };
  let failure: { error: unknown } | undefined;
  await Promise.all(
    Array.from({ length: lanes }, () =>
      lane().catch((error) => {
        failure ??= { error };
        stop.abort();
      }),
    ),
  );
  options.signal?.throwIfAborted();
  if (failure) throw failure.error;
}

async function isPresent(path: string, size: number | undefined): Promise<boolean> {
  const found = await sizeIfPresent(path);
  return found !== undefined && (size === undefined || found === size);
}
