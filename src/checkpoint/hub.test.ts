import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CheckpointError, DownloadError, UsageError } from '../core/errors.ts';
import { type ResolveOptions, resolveModel } from './hub.ts';
import type { DownloadProgress } from './hub-fetch.ts';
import { addressOf, commit, etagOf, type FakeHub, fakeHub, gitHash, listen, sendBytes, sha256 } from './hub-testing.ts';
import { openCheckpoint } from './open.ts';
import { writeSafetensors } from './write.ts';

let place: string;
let hub: FakeHub;
let files: Record<string, Uint8Array>;
const text = (value: string) => new TextEncoder().encode(value);
const cacheOf = () => join(place, 'cache');
const repository = () => join(cacheOf(), 'models--acme--tiny');
const blobs = () => readdirSync(join(repository(), 'blobs')).sort();
const asked = (part: string) => hub.requests.filter(({ line }) => line.includes(part));
const get = (options: ResolveOptions = {}, env: Record<string, string> = {}) =>
  resolveModel('acme/tiny', {
    ...options,
    env: { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cacheOf(), HF_HOME: join(place, 'home'), ...env },
  });
/** Answers requests for the weights in a way of its own. */
const weightsAnswer = (answer: NonNullable<FakeHub['intercept']>) => {
  hub.intercept = (request, response, where) => where === 'storage' && answer(request, response, where);
};

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'sightread-hub-'));
  await writeSafetensors(join(place, 'weights'), [
    ['table', { dtype: 'float32', shape: [300, 100], data: new Float32Array(30000).map((_, i) => i) }],
  ]);
  files = {
    'config.json': text('{"model_type":"git"}'),
    'vocab.txt': text('a\nb\n'),
    'README.md': text('# A model'),
    'onnx/model.onnx': text('not needed'),
    'model.safetensors': readFileSync(join(place, 'weights')),
    'pytorch_model.bin': text('the same as a pickle: not needed'),
  };
  hub = await fakeHub(files);
});
afterEach(async () => {
  await hub.close();
  rmSync(place, { recursive: true });
});

describe('downloads', () => {
  test('bring weights, configurations and vocabularies into the shared cache layout', async () => {
    const model = await get();
    expect(model).toEqual({ path: model.folder, folder: join(repository(), 'snapshots', commit), commit });
    expect(readdirSync(model.folder).sort()).toEqual(['config.json', 'model.safetensors', 'vocab.txt']);
    expect(blobs()).toEqual(
      ['config.json', 'model.safetensors', 'vocab.txt'].map((name) => etagOf(name, files[name])).sort(),
    );
    expect(readlinkSync(join(model.folder, 'config.json'))).toBe(`../../blobs/${gitHash(files['config.json'])}`);
    expect(readFileSync(join(repository(), 'refs/main'), 'utf8')).toBe(commit);
    expect(readFileSync(join(model.folder, 'model.safetensors'))).toEqual(files['model.safetensors']);
  });

  test('open as checkpoints whose byte ranges point at the real file', async () => {
    const { path } = await get();
    const { entries } = await openCheckpoint(path);
    expect(entries.get('table')!.file).toBe(
      realpathSync(join(repository(), 'blobs', sha256(files['model.safetensors']))),
    );
  });

  test('are not repeated, also not for another name of the same commit', async () => {
    await get();
    hub.requests.length = 0;
    await get({ revision: 'v1' });
    await get({ revision: 'refs/pr/1' });
    await get({ revision: commit });
    expect(asked('/resolve/')).toEqual([]);
    expect(readFileSync(join(repository(), 'refs/refs/pr/1'), 'utf8')).toBe(commit);
    expect(readdirSync(join(repository(), 'refs')).sort()).toEqual(['main', 'refs', 'v1']);
  });

  test('can be limited to named files and patterns', async () => {
    const { folder } = await get({ files: ['*.md', 'onnx/*'] });
    expect(readdirSync(folder).sort()).toEqual(['README.md', 'onnx']);
    expect(readlinkSync(join(folder, 'onnx/model.onnx'))).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\//);
    await expect(get({ files: ['*.gguf'] })).rejects.toThrow(/acme\/tiny has no file \*\.gguf; it has config\.json, /);
  });

  test('follow an index to its shards', async () => {
    files['model-00001-of-00002.safetensors'] = files['model.safetensors'];
    files['model-00002-of-00002.safetensors'] = text('the second, which is not opened here');
    delete files['model.safetensors'];
    const map = { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' };
    files['model.safetensors.index.json'] = text(JSON.stringify({ weight_map: map }));
    const { folder } = await get();
    expect(readdirSync(folder)).toEqual(expect.arrayContaining([map.a, map.b, 'model.safetensors.index.json']));
    await expect(get({ offline: true })).resolves.toMatchObject({ folder });
    rmSync(join(folder, map.b));
    await expect(get({ offline: true })).rejects.toThrow(/holds acme\/tiny without model-00002-of-00002\.safetensors/);
  });

  test('refuse names that would leave the folder', async () => {
    delete files['model.safetensors'];
    files['model.safetensors.index.json'] = text(JSON.stringify({ weight_map: { a: '../../evil.safetensors' } }));
    await expect(get()).rejects.toThrow(/lists no shards/);
    files['../../evil.json'] = text('{}');
    await expect(get({ files: ['*evil*'] })).rejects.toThrow(/would leave its folder/);
    expect(readdirSync(place).sort()).toEqual(['cache', 'weights']);
  });

  test('ask for sizes and tags where the list has names alone', async () => {
    hub.detailed = false;
    const { folder } = await get();
    expect(asked('HEAD ').length).toBe(3);
    expect(asked('HEAD storage')).toEqual([]);
    expect(blobs()).toContain(sha256(files['model.safetensors']));
    expect(statSync(join(folder, 'config.json')).size).toBe(files['config.json'].length);
  });

  test('tell their progress up to the end', async () => {
    const steps: DownloadProgress[] = [];
    await get({ onProgress: (step) => steps.push(step) });
    const total = ['config.json', 'vocab.txt', 'model.safetensors'].reduce((sum, name) => sum + files[name].length, 0);
    expect(steps.at(-1)).toMatchObject({ received: total, total });
    expect(steps.every((step, i) => i === 0 || step.received >= steps[i - 1].received)).toBe(true);
  });

  test('happen once when two callers want the same model', async () => {
    const [a, b] = await Promise.all([get(), get()]);
    expect(a).toEqual(b);
    expect(asked('GET storage').length).toBe(1);
    expect(readdirSync(join(cacheOf(), '.locks/models--acme--tiny'))).toEqual([]);
  });

  test('take over the lock of a killed process', async () => {
    const lock = join(cacheOf(), '.locks/models--acme--tiny', `${sha256(files['model.safetensors'])}.sightread.lock`);
    await mkdir(dirname(lock), { recursive: true });
    await writeFile(lock, `999999999 ${hostname()}`);
    await expect(get()).resolves.toMatchObject({ commit });
  });
});

describe('broken downloads', () => {
  const half = 50_000;
  /** Sends half of the file and cuts the connection, the first `times` times. */
  const cut = (times: number) => {
    let left = times;
    weightsAnswer((_request, response) => {
      if (left-- <= 0) return false;
      response.writeHead(200, { 'content-length': files['model.safetensors'].length });
      response.write(files['model.safetensors'].subarray(0, half), () => setTimeout(() => response.destroy(), 50));
      return true;
    });
  };

  test('continue where the connection broke', async () => {
    cut(1);
    const { folder } = await get();
    expect(asked('GET storage').map(({ headers }) => headers.range)).toEqual([undefined, `bytes=${half}-`]);
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(files['model.safetensors']);
  });

  test('continue in a later call after an abort', async () => {
    const stop = new AbortController();
    weightsAnswer((_request, response) => {
      response.writeHead(200, { 'content-length': files['model.safetensors'].length });
      response.write(files['model.safetensors'].subarray(0, half));
      return true;
    });
    const gone = new Error('the person closed the window');
    const onProgress = ({ file }: DownloadProgress) => file === 'model.safetensors' && stop.abort(gone);
    await expect(get({ signal: stop.signal, onProgress })).rejects.toBe(gone);
    const part = join(repository(), 'blobs', `${sha256(files['model.safetensors'])}.incomplete`);
    const kept = statSync(part).size;
    expect(kept).toBeGreaterThan(0);

    hub.intercept = undefined;
    hub.requests.length = 0;
    const { folder } = await get();
    expect(asked('GET storage').map(({ headers }) => headers.range)).toEqual([`bytes=${kept}-`]);
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(files['model.safetensors']);
    expect(blobs().filter((name) => name.endsWith('.incomplete'))).toEqual([]);
  });

  test('start anew with a server that cannot continue', async () => {
    const part = join(repository(), 'blobs', `${sha256(files['model.safetensors'])}.incomplete`);
    await mkdir(dirname(part), { recursive: true });
    writeFileSync(part, files['model.safetensors'].subarray(0, half));
    weightsAnswer((request, response) => {
      delete request.headers.range;
      sendBytes(files['model.safetensors'], request, response);
      return true;
    });
    const { folder } = await get();
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(files['model.safetensors']);
  });

  test('are tried again when the server stumbles', async () => {
    let stumbles = 1;
    weightsAnswer((_request, response) => stumbles-- > 0 && !!response.writeHead(503).end());
    await expect(get()).resolves.toMatchObject({ commit });
  });
});

describe('what is not the file', () => {
  const serve = (bytes: Uint8Array) =>
    weightsAnswer((_request, response) => {
      response.end(bytes);
      return true;
    });

  test.each([
    [
      'damaged bytes',
      () => files['model.safetensors'].map((byte, i) => (i === 70_000 ? byte ^ 1 : byte)),
      /its sha256 is not/,
    ],
    ['fewer bytes', () => files['model.safetensors'].subarray(0, 1000), /has 1000 bytes where the hub lists \d+/],
    ['more bytes', () => Buffer.concat([files['model.safetensors'], text('more')]), /bytes where the hub lists/],
    ['a web page', () => text('<!DOCTYPE html><html>Please log in'), /model\.safetensors .* is an HTML page/],
    [
      'a pointer',
      () => text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n'),
      /is a Git-LFS pointer/,
    ],
  ])('%s: refused, and nothing of it stays', async (_kind, bytes, message) => {
    serve(bytes());
    await expect(get()).rejects.toThrow(message);
    expect(blobs().some((name) => name.startsWith(sha256(files['model.safetensors'])))).toBe(false);
    expect(readdirSync(join(repository(), 'snapshots', commit))).not.toContain('model.safetensors');
    expect(() => readFileSync(join(repository(), 'refs/main'))).toThrow();
  });

  test('a small file is checked by the hash that git gives it', async () => {
    hub.intercept = (request, response) =>
      !!request.url?.endsWith('/config.json') && !!response.end('{"model_type":"bad"}');
    await expect(get()).rejects.toThrow(/config\.json .* its sha1 is not/);
  });

  test('a web page in place of the list is named as such', async () => {
    hub.intercept = (_request, response) => !!response.end('<html>Welcome to the hotel');
    await expect(get()).rejects.toThrow(/answers with an HTML page; a login page or a proxy is in between/);
  });
});

describe('tokens', () => {
  const withToken = { HF_TOKEN: 'hf_secret' };

  test('go to the hub and to no other host', async () => {
    await get({}, withToken);
    const sent = (part: string) => asked(part).map(({ headers }) => headers.authorization);
    expect(new Set(sent(' /'))).toEqual(new Set(['Bearer hf_secret']));
    expect(sent('storage')).toEqual([undefined]);
  });

  test('come from the token file when no variable is set', async () => {
    await mkdir(join(place, 'home'));
    await writeFile(join(place, 'home/token'), 'hf_file\n');
    await get();
    expect(asked('/api/')[0].headers.authorization).toBe('Bearer hf_file');
  });

  test.each([
    [401, 'GatedRepo', {}, /accept them at .*acme\/tiny and set HF_TOKEN/],
    [403, 'GatedRepo', withToken, /accept them at .* and use a token \(HF_TOKEN\) of that account/],
    [401, '', withToken, /does not accept the token/],
    [403, '', withToken, /refuses acme\/tiny to this token/],
    [404, 'RepoNotFound', withToken, /knows no model acme\/tiny; .* this token may not read it/],
    [410, '', {}, /answers 410 for acme\/tiny/],
  ])('status %i %s is explained without showing them', async (status, code, env, message) => {
    hub.intercept = (_request, response) => !!response.writeHead(status, { 'x-error-code': code }).end();
    const error = await get({}, env).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DownloadError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('secret');
  });
});

describe('names', () => {
  const env = () => ({ HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cacheOf(), HF_HOME: place });

  test('a mistyped model gets proposals from the cache and the caller', async () => {
    await get();
    const suggestions = ['acme/tinny'];
    await expect(resolveModel('acme/tinyy', { env: env(), suggestions })).rejects.toThrow(
      /knows no model acme\/tinyy; did you mean acme\/tinny or acme\/tiny\? If it is private, set HF_TOKEN/,
    );
  });

  test('an unknown revision and a missing path are told apart', async () => {
    await expect(get({ revision: 'v9' })).rejects.toThrow(/has no revision v9/);
    await expect(get({ revision: '../x' })).rejects.toThrow(UsageError);
    for (const path of ['./nowhere', 'a/b/c', 'model.safetensors', '/nowhere', '..'.concat('/../nowhere')])
      await expect(resolveModel(path, { env: env() })).rejects.toThrow(CheckpointError);
    await expect(resolveModel('https://huggingface.co/acme/tiny', { env: env() })).rejects.toThrow(
      /give the model's id/,
    );
    expect(asked('v9').length).toBe(1);
  });

  test('a folder or a file is taken as it is', async () => {
    await expect(resolveModel(place)).resolves.toEqual({ path: place, folder: place });
    const file = join(place, 'weights');
    await expect(resolveModel(file)).resolves.toEqual({ path: file, folder: place });
    expect(hub.requests).toEqual([]);
  });
});

describe('without a network', () => {
  test('offline mode uses the cache alone, and says what is not in it', async () => {
    await expect(get({ offline: true })).rejects.toThrow(/acme\/tiny is not in the cache .* and downloads are off/);
    const { folder } = await get();
    hub.requests.length = 0;
    await expect(get({}, { HF_HUB_OFFLINE: '1' })).resolves.toEqual({ path: folder, folder, commit });
    await expect(get({ revision: commit, offline: true })).resolves.toMatchObject({ folder });
    await expect(get({ revision: 'v1', offline: true })).rejects.toThrow(/acme\/tiny at v1 is not in the cache/);
    expect(hub.requests).toEqual([]);
  });

  test('a hub that is down is replaced by a complete cached copy, with a warning', async () => {
    const { folder } = await get();
    const nowhere = { HF_ENDPOINT: 'http://127.0.0.1:9' };
    await expect(get({}, nowhere)).resolves.toMatchObject({
      folder,
      warning: expect.stringMatching(/cached copy of acme\/tiny: 127\.0\.0\.1:9/),
    });
    rmSync(join(folder, 'model.safetensors'));
    await expect(get({}, nowhere)).rejects.toThrow(/127\.0\.0\.1:9 cannot be reached/);
  });
});

describe('proxies', () => {
  test('are used as the environment says, and not for hosts that it excepts', async () => {
    const seen: string[] = [];
    const proxy = createServer((request, response) => {
      seen.push(request.url!);
      fetch(request.url!).then(async (answer) => response.end(Buffer.from(await answer.arrayBuffer())));
    });
    proxy.on('connect', ({ url }, socket) => {
      seen.push(url!);
      const [host, port] = url!.split(':');
      const far = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      far.pipe(socket).pipe(far);
      far.on('error', () => socket.destroy());
      socket.on('error', () => far.destroy());
    });
    await listen(proxy);
    const env = { HTTP_PROXY: addressOf(proxy) };
    await get({ files: ['config.json'] }, env);
    expect(seen.length).toBeGreaterThan(0);
    seen.length = 0;
    await get({ files: ['vocab.txt'] }, { ...env, NO_PROXY: '127.0.0.1' });
    expect(seen).toEqual([]);
    proxy.closeAllConnections();
    proxy.close();
  });
});
