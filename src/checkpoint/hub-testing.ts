/** A hub of two hosts on this machine: one with the interface and small files, one that large files are redirected to. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ResolvedModel, type ResolveOptions, resolveModel } from './hub.ts';
import { writeSafetensors } from './write.ts';

export const commit = '0123456789abcdef0123456789abcdef01234567';

export interface FakeHub {
  readonly endpoint: string;
  /** Where large files come from: another origin. */
  readonly storage: string;
  /** What was asked, in order: `GET /path`, storage's as `GET storage/path`. */
  readonly requests: { line: string; headers: IncomingMessage['headers'] }[];
  /** Answers in place of the hub when it returns true. */
  intercept?: (request: IncomingMessage, response: ServerResponse, place: 'hub' | 'storage') => boolean;
  /** Whether the list of files tells sizes and tags. */
  detailed: boolean;
  close(): Promise<void>;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const gitHash = (bytes: Uint8Array): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

const isLarge = (name: string) => /\.(safetensors|bin)$/.test(name);
export const etagOf = (name: string, bytes: Uint8Array): string => (isLarge(name) ? sha256(bytes) : gitHash(bytes));

/** Serves one model, `acme/tiny`, with branch `main`, tag `v1` and reference `refs/pr/1`, all at one commit. */
export async function fakeHub(files: Record<string, Uint8Array>): Promise<FakeHub> {
  const requests: FakeHub['requests'] = [];
  const serve = (
    place: 'hub' | 'storage',
    answer: (path: string, request: IncomingMessage, response: ServerResponse) => void,
  ) =>
    listen(
      createServer((request, response) => {
        const path = decodeURIComponent(request.url ?? '').replace(/\?.*/, '');
        requests.push({
          line: `${request.method} ${place === 'storage' ? 'storage' : ''}${path}`,
          headers: request.headers,
        });
        if (!hub.intercept?.(request, response, place)) answer(path, request, response);
      }),
    );

  const storage = await serve('storage', (path, request, response) =>
    sendBytes(files[path.slice(1)], request, response),
  );
  const main = await serve('hub', (path, request, response) => {
    const [, owner, name, action, at] = path.replace(/^\/api\/models/, '').split('/');
    const revision = path.split('/revision/')[1];
    if (`${owner}/${name}` !== 'acme/tiny') return refuse(response, 401, 'RepoNotFound');
    if (action === 'revision') {
      if (![commit, 'main', 'v1', 'refs/pr/1'].includes(revision)) return refuse(response, 404, 'RevisionNotFound');
      return response.end(
        JSON.stringify({ sha: commit, siblings: Object.entries(files).map(hub.detailed ? detailed : plain) }),
      );
    }
    const file = path.split(`/resolve/${at}/`)[1];
    const bytes = files[file];
    if (!bytes) return refuse(response, 404, 'EntryNotFound');
    if (!isLarge(file)) return sendBytes(bytes, request, response, { etag: `"${gitHash(bytes)}"` });
    const linked = { 'x-linked-etag': `"${sha256(bytes)}"`, 'x-linked-size': bytes.length };
    response.writeHead(302, { location: `${hub.storage}/${file}`, ...linked }).end();
  });
  const hub: FakeHub = {
    endpoint: addressOf(main),
    storage: addressOf(storage),
    requests,
    detailed: true,
    async close() {
      for (const server of [main, storage]) {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    },
  };
  return hub;
}

const plain = ([rfilename]: [string, Uint8Array]) => ({ rfilename });
const detailed = ([rfilename, bytes]: [string, Uint8Array]) => ({
  rfilename,
  size: bytes.length,
  blobId: gitHash(bytes),
  ...(isLarge(rfilename) && { lfs: { sha256: sha256(bytes), size: bytes.length, pointerSize: 134 } }),
});

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code }).end();
}

export function sendBytes(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string> = {},
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const range = from ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
  response.writeHead(from ? 206 : 200, { 'content-length': bytes.length - from, ...range, ...headers });
  response.end(request.method === 'HEAD' ? undefined : bytes.subarray(from));
}

export async function listen(server: Server): Promise<Server> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

export const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** `acme/tiny` on a hub of its own, and a fresh folder for its cache. */
export interface TinyModel {
  readonly place: string;
  readonly cache: string;
  readonly repository: string;
  readonly hub: FakeHub;
  /** What the hub has; tests may change it. */
  readonly files: Record<string, Uint8Array>;
  get(options?: ResolveOptions, env?: Record<string, string>): Promise<ResolvedModel>;
  blobs(): string[];
  /** Requests whose line has this part. */
  asked(part: string): FakeHub['requests'];
  /** Answers requests for the weights in a way of its own. */
  answerWeights(answer: (request: IncomingMessage, response: ServerResponse) => boolean): void;
  close(): Promise<void>;
}

export async function tinyModel(): Promise<TinyModel> {
  const place = mkdtempSync(join(tmpdir(), 'sightread-hub-'));
  await writeSafetensors(join(place, 'weights'), [
    ['table', { dtype: 'float32', shape: [300, 100], data: new Float32Array(30_000).map((_, i) => i) }],
  ]);
  const files: Record<string, Uint8Array> = {
    'config.json': text('{"model_type":"git"}'),
    'vocab.txt': text('a\nb\n'),
    'README.md': text('# A model'),
    'onnx/model.onnx': text('not needed'),
    'model.safetensors': readFileSync(join(place, 'weights')),
    'pytorch_model.bin': text('the same as a pickle: not needed'),
  };
  const hub = await fakeHub(files);
  const cache = join(place, 'cache');
  const repository = join(cache, 'models--acme--tiny');
  return {
    place,
    cache,
    repository,
    hub,
    files,
    get: (options = {}, env = {}) =>
      resolveModel('acme/tiny', {
        ...options,
        env: { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache, HF_HOME: join(place, 'home'), ...env },
      }),
    blobs: () => readdirSync(join(repository, 'blobs')).sort(),
    asked: (part) => hub.requests.filter(({ line }) => line.includes(part)),
    answerWeights(answer) {
      hub.intercept = (request, response, where) => where === 'storage' && answer(request, response);
    },
    async close() {
      await hub.close();
      rmSync(place, { recursive: true });
    },
  };
}
