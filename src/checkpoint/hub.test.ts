import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CheckpointError, UsageError } from '../core/errors.ts';
import { resolveModel } from './hub.ts';
import type { DownloadProgress } from './hub-fetch.ts';
import { commit, etagOf, gitHash, sha256, type TinyModel, text, tinyModel } from './hub-testing.ts';
import { openCheckpoint } from './open.ts';

let tiny: TinyModel;
beforeEach(async () => {
  tiny = await tinyModel();
});
afterEach(() => tiny.close());

describe('downloads', () => {
  test('bring weights, configurations and vocabularies into the shared cache layout', async () => {
    const model = await tiny.get();
    expect(model).toEqual({ path: model.folder, folder: join(tiny.repository, 'snapshots', commit), commit });
    expect(readdirSync(model.folder).sort()).toEqual(['config.json', 'model.safetensors', 'vocab.txt']);
    expect(tiny.blobs()).toEqual(
      ['config.json', 'model.safetensors', 'vocab.txt'].map((name) => etagOf(name, tiny.files[name])).sort(),
    );
    expect(readlinkSync(join(model.folder, 'config.json'))).toBe(`../../blobs/${gitHash(tiny.files['config.json'])}`);
    expect(readFileSync(join(tiny.repository, 'refs/main'), 'utf8')).toBe(commit);
    expect(readFileSync(join(model.folder, 'model.safetensors'))).toEqual(tiny.files['model.safetensors']);
  });

  test('open as checkpoints whose byte ranges point at the real file', async () => {
    const { path } = await tiny.get();
    const { entries } = await openCheckpoint(path);
    expect(entries.get('table')!.file).toBe(
      realpathSync(join(tiny.repository, 'blobs', sha256(tiny.files['model.safetensors']))),
    );
  });

  test('are not repeated, also not for another name of the same commit', async () => {
    await tiny.get();
    tiny.hub.requests.length = 0;
    await tiny.get({ revision: 'v1' });
    await tiny.get({ revision: 'refs/pr/1' });
    await tiny.get({ revision: commit });
    expect(tiny.asked('/resolve/')).toEqual([]);
    expect(readFileSync(join(tiny.repository, 'refs/refs/pr/1'), 'utf8')).toBe(commit);
    expect(readdirSync(join(tiny.repository, 'refs')).sort()).toEqual(['main', 'refs', 'v1']);
  });

  test('can be limited to named files and patterns', async () => {
    const { folder } = await tiny.get({ files: ['*.md', 'onnx/*'] });
    expect(readdirSync(folder).sort()).toEqual(['README.md', 'onnx']);
    expect(readlinkSync(join(folder, 'onnx/model.onnx'))).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\//);
    await expect(tiny.get({ files: ['*.gguf'] })).rejects.toThrow(
      /acme\/tiny has no file \*\.gguf; it has config\.json, /,
    );
  });

  test('follow an index to its shards', async () => {
    tiny.files['model-00001-of-00002.safetensors'] = tiny.files['model.safetensors'];
    tiny.files['model-00002-of-00002.safetensors'] = text('the second, which is not opened here');
    delete tiny.files['model.safetensors'];
    const map = { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' };
    tiny.files['model.safetensors.index.json'] = text(JSON.stringify({ weight_map: map }));
    const { folder } = await tiny.get();
    expect(readdirSync(folder)).toEqual(expect.arrayContaining([map.a, map.b, 'model.safetensors.index.json']));
    await expect(tiny.get({ offline: true })).resolves.toMatchObject({ folder });
    rmSync(join(folder, map.b));
    await expect(tiny.get({ offline: true })).rejects.toThrow(
      /holds acme\/tiny without model-00002-of-00002\.safetensors/,
    );
  });

  test('refuse names that would leave the folder', async () => {
    delete tiny.files['model.safetensors'];
    tiny.files['model.safetensors.index.json'] = text(JSON.stringify({ weight_map: { a: '../../evil.safetensors' } }));
    await expect(tiny.get()).rejects.toThrow(/lists no shards/);
    tiny.files['../../evil.json'] = text('{}');
    await expect(tiny.get({ files: ['*evil*'] })).rejects.toThrow(/would leave its folder/);
    expect(readdirSync(tiny.place).sort()).toEqual(['cache', 'weights']);
  });

  test('ask for sizes and tags where the list has names alone', async () => {
    tiny.hub.detailed = false;
    const { folder } = await tiny.get();
    expect(tiny.asked('HEAD ').length).toBe(3);
    expect(tiny.asked('HEAD storage')).toEqual([]);
    expect(tiny.blobs()).toContain(sha256(tiny.files['model.safetensors']));
    expect(statSync(join(folder, 'config.json')).size).toBe(tiny.files['config.json'].length);
  });

  test('tell their progress up to the end', async () => {
    const steps: DownloadProgress[] = [];
    await tiny.get({ onProgress: (step) => steps.push(step) });
    const total = ['config.json', 'vocab.txt', 'model.safetensors'].reduce(
      (sum, name) => sum + tiny.files[name].length,
      0,
    );
    expect(steps.at(-1)).toMatchObject({ received: total, total });
    expect(steps.every((step, i) => i === 0 || step.received >= steps[i - 1].received)).toBe(true);
  });

  test('happen once when two callers want the same model', async () => {
    const [a, b] = await Promise.all([tiny.get(), tiny.get()]);
    expect(a).toEqual(b);
    expect(tiny.asked('GET storage').length).toBe(1);
    expect(readdirSync(join(tiny.cache, '.locks/models--acme--tiny'))).toEqual([]);
  });

  test('take over the lock of a killed process', async () => {
    const lock = join(
      tiny.cache,
      '.locks/models--acme--tiny',
      `${sha256(tiny.files['model.safetensors'])}.sightread.lock`,
    );
    await mkdir(dirname(lock), { recursive: true });
    await writeFile(lock, `999999999 ${hostname()}`);
    await expect(tiny.get()).resolves.toMatchObject({ commit });
  });
});

describe('names', () => {
  const env = () => ({ HF_ENDPOINT: tiny.hub.endpoint, HF_HUB_CACHE: tiny.cache, HF_HOME: tiny.place });

  test('a mistyped model gets proposals from the cache and the caller', async () => {
    await tiny.get();
    const suggestions = ['acme/tinny'];
    await expect(resolveModel('acme/tinyy', { env: env(), suggestions })).rejects.toThrow(
      /knows no model acme\/tinyy; did you mean acme\/tinny or acme\/tiny\? If it is private, set HF_TOKEN/,
    );
  });

  test('an unknown revision and a missing path are told apart', async () => {
    await expect(tiny.get({ revision: 'v9' })).rejects.toThrow(/has no revision v9/);
    await expect(tiny.get({ revision: '../x' })).rejects.toThrow(UsageError);
    for (const path of ['./nowhere', 'a/b/c', 'model.safetensors', '/nowhere', '..'.concat('/../nowhere')])
      await expect(resolveModel(path, { env: env() })).rejects.toThrow(CheckpointError);
    await expect(resolveModel('https://huggingface.co/acme/tiny', { env: env() })).rejects.toThrow(
      /give the model's id/,
    );
    expect(tiny.asked('v9').length).toBe(1);
  });

  test('a folder or a file is taken as it is', async () => {
    await expect(resolveModel(tiny.place)).resolves.toEqual({ path: tiny.place, folder: tiny.place });
    const file = join(tiny.place, 'weights');
    await expect(resolveModel(file)).resolves.toEqual({ path: file, folder: tiny.place });
    expect(tiny.hub.requests).toEqual([]);
  });
});

describe('without a network', () => {
  test('offline mode uses the cache alone, and says what is not in it', async () => {
    await expect(tiny.get({ offline: true })).rejects.toThrow(
      /acme\/tiny is not in the cache .* and downloads are off/,
    );
    const { folder } = await tiny.get();
    tiny.hub.requests.length = 0;
    await expect(tiny.get({}, { HF_HUB_OFFLINE: '1' })).resolves.toEqual({ path: folder, folder, commit });
    await expect(tiny.get({ revision: commit, offline: true })).resolves.toMatchObject({ folder });
    await expect(tiny.get({ revision: 'v1', offline: true })).rejects.toThrow(/acme\/tiny at v1 is not in the cache/);
    expect(tiny.hub.requests).toEqual([]);
  });

  test('a hub that is down is replaced by a complete cached copy, with a warning', async () => {
    const { folder } = await tiny.get();
    const nowhere = { HF_ENDPOINT: 'http://127.0.0.1:9' };
    await expect(tiny.get({}, nowhere)).resolves.toMatchObject({
      folder,
      warning: expect.stringMatching(/cached copy of acme\/tiny: 127\.0\.0\.1:9/),
    });
    rmSync(join(folder, 'model.safetensors'));
    await expect(tiny.get({}, nowhere)).rejects.toThrow(/127\.0\.0\.1:9 cannot be reached/);
  });
});
