import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DownloadError } from '../core/errors.ts';
import type { DownloadProgress } from './hub-fetch.ts';
import { addressOf, commit, listen, sendBytes, sha256, type TinyModel, text, tinyModel } from './hub-testing.ts';

let tiny: TinyModel;
beforeEach(async () => {
  tiny = await tinyModel();
});
afterEach(() => tiny.close());

describe('broken downloads', () => {
  const half = 50_000;
  /** Sends half of the file and cuts the connection, the first `times` times. */
  const cut = (times: number) => {
    let left = times;
    tiny.answerWeights((_request, response) => {
      if (left-- <= 0) return false;
      response.writeHead(200, { 'content-length': tiny.files['model.safetensors'].length });
      response.write(tiny.files['model.safetensors'].subarray(0, half), () => setTimeout(() => response.destroy(), 50));
      return true;
    });
  };

  test('continue where the connection broke', async () => {
    cut(1);
    const { folder } = await tiny.get();
    expect(tiny.asked('GET storage').map(({ headers }) => headers.range)).toEqual([undefined, `bytes=${half}-`]);
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(tiny.files['model.safetensors']);
  });

  test('continue in a later call after an abort', async () => {
    const stop = new AbortController();
    tiny.answerWeights((_request, response) => {
      response.writeHead(200, { 'content-length': tiny.files['model.safetensors'].length });
      response.write(tiny.files['model.safetensors'].subarray(0, half));
      return true;
    });
    const gone = new Error('the person closed the window');
    const onProgress = ({ file }: DownloadProgress) => file === 'model.safetensors' && stop.abort(gone);
    await expect(tiny.get({ signal: stop.signal, onProgress })).rejects.toBe(gone);
    const part = join(tiny.repository, 'blobs', `${sha256(tiny.files['model.safetensors'])}.incomplete`);
    const kept = statSync(part).size;
    expect(kept).toBeGreaterThan(0);

    tiny.hub.intercept = undefined;
    tiny.hub.requests.length = 0;
    const { folder } = await tiny.get();
    expect(tiny.asked('GET storage').map(({ headers }) => headers.range)).toEqual([`bytes=${kept}-`]);
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(tiny.files['model.safetensors']);
    expect(tiny.blobs().filter((name) => name.endsWith('.incomplete'))).toEqual([]);
  });

  test('start anew with a server that cannot continue', async () => {
    const part = join(tiny.repository, 'blobs', `${sha256(tiny.files['model.safetensors'])}.incomplete`);
    await mkdir(dirname(part), { recursive: true });
    writeFileSync(part, tiny.files['model.safetensors'].subarray(0, half));
    tiny.answerWeights((request, response) => {
      delete request.headers.range;
      sendBytes(tiny.files['model.safetensors'], request, response);
      return true;
    });
    const { folder } = await tiny.get();
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(tiny.files['model.safetensors']);
  });

  test('are tried again when the server stumbles', async () => {
    let stumbles = 1;
    tiny.answerWeights((_request, response) => stumbles-- > 0 && !!response.writeHead(503).end());
    await expect(tiny.get()).resolves.toMatchObject({ commit });
  });
});

describe('what is not the file', () => {
  const serve = (bytes: Uint8Array) =>
    tiny.answerWeights((_request, response) => {
      response.end(bytes);
      return true;
    });

  test.each([
    [
      'damaged bytes',
      () => tiny.files['model.safetensors'].map((byte, i) => (i === 70_000 ? byte ^ 1 : byte)),
      /its sha256 is not/,
    ],
    ['fewer bytes', () => tiny.files['model.safetensors'].subarray(0, 1000), /has 1000 bytes where the hub lists \d+/],
    ['more bytes', () => Buffer.concat([tiny.files['model.safetensors'], text('more')]), /bytes where the hub lists/],
    ['a web page', () => text('<!DOCTYPE html><html>Please log in'), /model\.safetensors .* is an HTML page/],
    [
      'a pointer',
      () => text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n'),
      /is a Git-LFS pointer/,
    ],
  ])('%s: refused, and nothing of it stays', async (_kind, bytes, message) => {
    serve(bytes());
    await expect(tiny.get()).rejects.toThrow(message);
    expect(tiny.blobs().some((name) => name.startsWith(sha256(tiny.files['model.safetensors'])))).toBe(false);
    expect(readdirSync(join(tiny.repository, 'snapshots', commit))).not.toContain('model.safetensors');
    expect(() => readFileSync(join(tiny.repository, 'refs/main'))).toThrow();
  });

  test('a small file is checked by the hash that git gives it', async () => {
    tiny.hub.intercept = (request, response) =>
      !!request.url?.endsWith('/config.json') && !!response.end('{"model_type":"bad"}');
    await expect(tiny.get()).rejects.toThrow(/config\.json .* its sha1 is not/);
  });

  test('a web page in place of the list is named as such', async () => {
    tiny.hub.intercept = (_request, response) => !!response.end('<html>Welcome to the hotel');
    await expect(tiny.get()).rejects.toThrow(/answers with an HTML page; a login page or a proxy is in between/);
  });
});

describe('tokens', () => {
  const withToken = { HF_TOKEN: 'hf_secret' };

  test('go to the hub and to no other host', async () => {
    await tiny.get({}, withToken);
    const sent = (part: string) => tiny.asked(part).map(({ headers }) => headers.authorization);
    expect(new Set(sent(' /'))).toEqual(new Set(['Bearer hf_secret']));
    expect(sent('storage')).toEqual([undefined]);
  });

  test('come from the token file when no variable is set', async () => {
    await mkdir(join(tiny.place, 'home'));
    await writeFile(join(tiny.place, 'home/token'), 'hf_file\n');
    await tiny.get();
    expect(tiny.asked('/api/')[0].headers.authorization).toBe('Bearer hf_file');
  });

  test.each([
    [401, 'GatedRepo', {}, /accept them at .*acme\/tiny and set HF_TOKEN/],
    [403, 'GatedRepo', withToken, /accept them at .* and use a token \(HF_TOKEN\) of that account/],
    [401, '', withToken, /does not accept the token/],
    [403, '', withToken, /refuses acme\/tiny to this token/],
    [404, 'RepoNotFound', withToken, /knows no model acme\/tiny; .* this token may not read it/],
    [410, '', {}, /answers 410 for acme\/tiny/],
  ])('status %i %s is explained without showing them', async (status, code, env, message) => {
    tiny.hub.intercept = (_request, response) => !!response.writeHead(status, { 'x-error-code': code }).end();
    const error = await tiny.get({}, env).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DownloadError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('secret');
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
    await tiny.get({ files: ['config.json'] }, env);
    expect(seen.length).toBeGreaterThan(0);
    seen.length = 0;
    await tiny.get({ files: ['vocab.txt'] }, { ...env, NO_PROXY: '127.0.0.1' });
    expect(seen).toEqual([]);
    proxy.closeAllConnections();
    proxy.close();
  });
});
