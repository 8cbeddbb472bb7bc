/** What a repository of the hub holds: its commit, and for each file its size and the tag that names its content. */
import { createHash } from 'node:crypto';
import { DownloadError } from '../core/errors.ts';
import { isPlainName } from './hub-files.ts';
import { type HubClient, type HubResponse, UnreachableError } from './hub-http.ts';

export interface RemoteFile {
  /** Name in its repository, with `/` between folders. */
  readonly name: string;
  readonly url: string;
  /** The hub's tag: a SHA-256 for large files, git's blob hash for small ones. */
  readonly etag: string;
  readonly size?: number;
}

export interface RemoteRepository {
  readonly commit: string;
  readonly names: readonly string[];
  /** Size and tag of a file, asked for only when the list did not tell. */
  locate(name: string): Promise<RemoteFile>;
}

export interface RepositoryRequest {
  client: HubClient;
  endpoint: string;
  id: string;
  revision: string;
  signal?: AbortSignal;
  /** The error for a status that is no success. */
  refusal: (response: HubResponse, file?: string) => DownloadError;
}

interface Listing {
  sha?: unknown;
  siblings?: { rfilename?: unknown; size?: unknown; blobId?: unknown; lfs?: { sha256?: unknown } | null }[];
}

/** A list of files is text of a few hundred bytes a file. */
const listingLimit = 64 << 20;

/** @throws DownloadError when the hub has no such model or revision; UnreachableError when it does not answer sensibly */
export async function listRepository(request: RepositoryRequest): Promise<RemoteRepository> {
  const { client, endpoint, id, revision, signal, refusal } = request;
  const address = `${endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const response = await client.send(address, { signal });
  if (response.status !== 200) {
    await response.body.dump();
    throw refusal(response);
  }
  const { sha, siblings } = parseListing(await readText(response), endpoint);
  const usable = typeof sha === 'string' && /^[0-9a-zA-Z]{6,64}$/.test(sha) && Array.isArray(siblings);
  if (!usable)
    throw new UnreachableError(`${new URL(endpoint).host} does not speak the hub's language; check HF_ENDPOINT`);
  const known = new Map(siblings.map((sibling) => [String(sibling.rfilename), sibling]));
  return {
    commit: sha,
    names: [...known.keys()],
    async locate(name) {
      if (!isPlainName(name))
        throw new DownloadError(`${id} names a file ${name} that would leave its folder; it is refused`);
      const url = `${endpoint}/${id}/resolve/${sha}/${name.split('/').map(encodeURIComponent).join('/')}`;
      const { size, blobId, lfs } = known.get(name) ?? {};
      const etag = lfs?.sha256 ?? blobId;
      if (typeof etag === 'string' && typeof size === 'number') return { name, url, size, etag: asFileName(etag) };
      return ask(name, url, request);
    },
  };
}

function parseListing(text: string, endpoint: string): Listing {
  const host = new URL(endpoint).host;
  if (/^\s*</.test(text))
    throw new UnreachableError(
      `${host} answers with an HTML page; a login page or a proxy is in between: check the network`,
    );
  try {
    return (JSON.parse(text) as Listing | null) ?? {};
  } catch {
    throw new UnreachableError(`${host} answers with text that is not JSON; check HF_ENDPOINT`);
  }
}

async function readText({ body }: HubResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > listingLimit) throw new UnreachableError('the list of files does not end; check HF_ENDPOINT');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Mirrors may list names alone; the headers of a file tell the rest, also those of its redirect to another host. */
async function ask(name: string, url: string, { client, signal, refusal }: RepositoryRequest): Promise<RemoteFile> {
  const { status, header } = await client.send(url, { method: 'HEAD', signal, follow: 'same-origin' });
  if (status >= 400) throw refusal({ status, header } as HubResponse, name);
  const etag = header('x-linked-etag') ?? header('etag');
  const size = Number(header('x-linked-size') ?? (status === 200 ? header('content-length') : undefined) ?? Number.NaN);
  if (!etag) throw new DownloadError(`${new URL(url).host} gives no tag for ${name}; check HF_ENDPOINT`);
  return { name, url, etag: asFileName(etag), ...(Number.isSafeInteger(size) && { size }) };
}

/** The tag without weakness mark and quotes; one that cannot be a file's name is hashed. */
function asFileName(etag: string): string {
  const plain = etag.replace(/^W\//, '').replace(/^"|"$/g, '');
  return /^[\w-][\w.-]*$/.test(plain) ? plain : `hashed-${createHash('sha256').update(plain).digest('hex')}`;
}
