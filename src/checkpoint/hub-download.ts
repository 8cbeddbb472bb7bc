/** Downloads one file into the cache: continued where an earlier try stopped, and checked before it gets its name. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { DownloadError, reason } from '../core/errors.ts';
import { sizeIfPresent } from './hub-cache.ts';
import { type HubClient, type HubResponse, UnreachableError } from './hub-http.ts';
import type { RemoteFile } from './hub-repository.ts';
import { recognise, recognisedBytes } from './recognise.ts';

export interface DownloadOptions {
  client: HubClient;
  /** Where the finished file goes. Its parts wait in `<place>.incomplete`. */
  place: string;
  signal?: AbortSignal;
  /** Called with the bytes that are here so far, those of earlier tries included. */
  onBytes?: (bytes: number) => void;
  /** The error for a status that is no success. */
  refusal: (response: HubResponse) => DownloadError;
}

/** Broken connections in a row without one new byte before giving up. */
const patience = 4;

/**
 * @throws DownloadError when the server refuses, or what came is not what the hub promised; then nothing stays behind.
 * After a lost connection or an abort the part that came stays, for the next try.
 */
export async function download(file: RemoteFile, options: DownloadOptions): Promise<void> {
  const part = `${options.place}.incomplete`;
  await mkdir(dirname(part), { recursive: true });
  for (let idle = 0; ; ) {
    const before = (await sizeIfPresent(part)) ?? 0;
    if (file.size !== undefined && before === file.size) break;
    try {
      await receive(file, part, file.size !== undefined && before > file.size ? 0 : before, options);
      break;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof DownloadError || isDiskFault(error)) throw error;
      idle = ((await sizeIfPresent(part)) ?? 0) > before ? 0 : idle + 1;
      if (idle === patience)
        throw new UnreachableError(
          `${file.name}: the connection broke ${patience} times (${reason(error)}); try again, it goes on from there`,
        );
      await wait(200 * idle, undefined, { signal: options.signal }).catch(() => options.signal?.throwIfAborted());
    }
  }
  const fault = await inspect(part, file);
  if (fault) {
    await rm(part, { force: true });
    throw new DownloadError(`${file.name} from ${new URL(file.url).host} ${fault}`);
  }
  const handle = await open(part, 'r+');
  await handle.sync();
  await handle.close();
  await rename(part, options.place);
}

/** Adds to the part what is missing from byte `from`, or starts anew when the server cannot continue. */
async function receive(
  { url, size }: RemoteFile,
  part: string,
  from: number,
  { client, signal, onBytes, refusal }: DownloadOptions,
): Promise<void> {
  let response = await client.send(url, { signal, headers: from ? { range: `bytes=${from}-` } : {} });
  const continues = response.status === 206 && response.header('content-range')?.startsWith(`bytes ${from}-`);
  if (response.status === 416 || (response.status === 206 && !continues)) {
    await response.body.dump();
    response = await client.send(url, { signal });
  }
  if (response.status !== 200 && response.status !== 206) {
    await response.body.dump();
    throw refusal(response);
  }
  let have = continues ? from : 0;
  const handle = await open(part, continues ? 'a' : 'w');
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      await handle.writeFile(chunk);
      have += chunk.length;
      onBytes?.(have);
      // More than was promised is wrong already; the inspection says what it is.
      if (size !== undefined && have > size) return;
    }
  } finally {
    await handle.close();
  }
}

/** What is wrong with a file that came whole, or undefined. */
async function inspect(part: string, { name, etag, size }: RemoteFile): Promise<string | undefined> {
  const found = (await sizeIfPresent(part)) ?? 0;
  const kind = recognise(await firstBytes(part));
  if (kind === 'html' && !/\.(html?|md|xml|svg)$/i.test(name))
    return 'is an HTML page, not the file; a login page or a proxy answered: check the network, HTTPS_PROXY and HF_ENDPOINT';
  if (kind === 'lfs') return 'is a Git-LFS pointer, not the file itself; this mirror lacks the file: check HF_ENDPOINT';
  if (size !== undefined && found !== size) return `has ${found} bytes where the hub lists ${size}; try again`;
  const algorithm = /^[0-9a-f]{64}$/.test(etag) ? 'sha256' : /^[0-9a-f]{40}$/.test(etag) ? 'sha1' : undefined;
  if (!algorithm) return undefined;
  const hash = createHash(algorithm);
  // Small files are named by git, which hashes a header with them.
  if (algorithm === 'sha1') hash.update(`blob ${found}\0`);
  await pipeline(createReadStream(part), hash);
  return hash.digest('hex') === etag
    ? undefined
    : `is damaged: its ${algorithm} is not the one that the hub lists; try again`;
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(recognisedBytes), 0, recognisedBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Faults of this machine's disk, which no other try will cure. */
export const isDiskFault = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EPERM', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '');
