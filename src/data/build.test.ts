/** Builds a small set from the real packages: a few concepts, two makers. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildEmojiSet } from './build.ts';
import { openEmojiSet } from './open.ts';
import { rasterise } from './raster.ts';
import { nearDuplicate, thumbnailOf } from './thumbnails.ts';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'sightread-set-'));
});
afterEach(() => rm(out, { recursive: true }));

const few = {
  makers: ['google', 'fluent'] as const,
  keep: ({ id }: { id: string }) => /^(dog|banana|red-apple)$/.test(id),
};

test('a built set opens with trimmed sprites, and is not built twice', async () => {
  const progress: string[] = [];
  await buildEmojiSet({
    out,
    ...few,
    onProgress: ({ maker, done, total }) => progress.push(`${maker} ${done}/${total}`),
  });
  expect(progress).toEqual(['google 3/3', 'fluent 3/3']);
  expect((await readdir(out)).sort()).toEqual(['emoji-5.bin', 'emoji-5.json']);
  const set = await openEmojiSet(out);
  expect(set.sprites.map(({ maker }) => maker)).toEqual(['google', 'google', 'google', 'fluent', 'fluent', 'fluent']);
  for (const [id, { width, height }] of set.sprites.entries()) {
    expect(Math.max(width, height)).toBeGreaterThan(50);
    expect(Math.max(width, height)).toBeLessThanOrEqual(72);
    const { data, width: w } = set.sprite(id).levels[0];
    const row = (y: number) => Array.from({ length: w }, (_, x) => data[(y * (w + 2) + x + 1) * 4 + 3]);
    expect(Math.max(...row(1))).toBeGreaterThan(8);
    expect(Math.max(...row(0))).toBe(0);
  }
  const apple = set.sprites.find(({ maker }, id) => maker === 'fluent' && set.conceptOf(id).id === 'red-apple')!;
  expect(apple.look.name).toBe('red');
  const again: string[] = [];
  await buildEmojiSet({ out, ...few, onProgress: ({ maker }) => again.push(maker) });
  expect(again).toEqual([]);
});

test('an aborted build leaves nothing that opens, and goes on with the next maker', async () => {
  const controller = new AbortController();
  const stop = ({ maker }: { maker: string }) => maker === 'fluent' && controller.abort(new Error('stopped'));
  const options = { out, ...few, keep: ({ subcategory }: { subcategory: string }) => subcategory === 'animal-bird' };
  await expect(buildEmojiSet({ ...options, signal: controller.signal, onProgress: stop })).rejects.toThrow('stopped');
  await expect(openEmojiSet(out)).rejects.toThrow('no picture set is built there');
  const rendered = new Set<string>();
  await buildEmojiSet({ ...options, onProgress: ({ maker }) => rendered.add(maker) });
  expect([...rendered]).toEqual(['fluent']);
});

test('files that do not belong together are refused', async () => {
  await buildEmojiSet({ out, ...few });
  const index = await readFile(join(out, 'emoji-5.json'), 'utf8');
  await writeFile(join(out, 'emoji-5.bin'), 'short');
  await expect(openEmojiSet(out)).rejects.toThrow('5 bytes where the index says');
  await writeFile(join(out, 'emoji-5.json'), index.replace(/"version":\d+/, '"version":0'));
  await expect(openEmojiSet(out)).rejects.toThrow('made by another version');
  await writeFile(join(out, 'emoji-5.json'), index.slice(0, 40));
  await expect(openEmojiSet(out)).rejects.toThrow('not JSON');
});

test('a drawing outside its page is found, and what cannot be seen is none', async () => {
  const off =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40pt" height="40pt"><rect x="-20" y="10" width="30" height="15"/></svg>';
  const raster = (await rasterise({ svg: off }, 40))!;
  expect(raster.width / raster.height).toBeCloseTo(2, 0);
  const empty = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"/>';
  expect(await rasterise({ svg: empty }, 40)).toBeUndefined();
});

test('copies are told from strangers', () => {
  const raster = (value: (i: number) => number) => ({
    rgba: Uint8Array.from({ length: 24 * 24 * 4 }, (_, i) => (i % 4 === 3 ? 255 : value(i))),
    width: 24,
    height: 24,
  });
  const flat = raster(() => 90);
  expect(nearDuplicate(thumbnailOf(flat), thumbnailOf(raster(() => 91)))).toBe(true);
  expect(nearDuplicate(thumbnailOf(flat), thumbnailOf(raster(() => 99)))).toBe(false);
});
