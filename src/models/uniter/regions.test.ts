import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { float32 } from '../../core/index.ts';
import { readRegions, writeRegions } from './region-file.ts';
import { locationsOf, type RegionSet, regionBatch, regionsToKeep } from './regions.ts';

const folder = mkdtempSync(join(tmpdir(), 'regions-'));
afterAll(() => rmSync(folder, { recursive: true }));

const set = (count: number, more: Partial<RegionSet> = {}): RegionSet => ({
  features: float32(
    [count, 3],
    Float32Array.from({ length: count * 3 }, (_, i) => i),
  ),
  boxes: float32([count, 4], Array.from({ length: count }, (_, i) => [i, 0, i + 10, 20]).flat()),
  width: 200,
  height: 400,
  ...more,
});
const boxed = (box: number[]) => locationsOf({ boxes: float32([1, 4], box), width: 200, height: 400 });

describe('where a region is', () => {
  test('corners, sides and area as shares of the picture', () => {
    const numbers = [...boxed([10, 20, 110, 220]).data].map(Number);
    for (const [i, share] of [0.05, 0.05, 0.55, 0.55, 0.5, 0.5, 0.25].entries())
      expect(numbers[i]).toBeCloseTo(share, 6);
  });

  test('what lies outside is cut off', () => {
    expect([...boxed([-50, -50, 100, 500]).data].map(Number)).toEqual([0, 0, 0.5, 1, 0.5, 1, 0.5]);
  });

  test.each([
    ['without area', [10, 20, 10, 220]],
    ['outside the picture', [300, 20, 310, 220]],
    ['turned around', [110, 20, 10, 220]],
    ['not a number', [Number.NaN, 20, 10, 220]],
  ])('a box %s is refused', (_, box) => {
    expect(() => boxed(box)).toThrow('has no area inside its picture of 200 × 400');
  });
});

test('10 to 100 regions are kept, as many as are sure', () => {
  const sure = (count: number, of: number) =>
    regionsToKeep(
      set(of, {
        confidence: float32(
          [of],
          Array.from({ length: of }, (_, i) => (i < count ? 0.9 : 0.2)),
        ),
      }),
    );
  expect(sure(0, 100)).toBe(10);
  expect(sure(37, 100)).toBe(37);
  expect(sure(150, 200)).toBe(100);
  expect(sure(0, 4)).toBe(4);
});

describe('a batch', () => {
  test('fills up pictures with fewer regions', () => {
    const { features, locations, mask } = regionBatch([set(1), set(3)]);
    expect([features.shape, locations.shape]).toEqual([
      [2, 3, 3],
      [2, 3, 7],
    ]);
    expect([...mask.data].map(Number)).toEqual([1, 0, 0, 1, 1, 1]);
    expect([...features.data].map(Number).slice(3, 9)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('refuses pictures without regions, and features of two detectors', () => {
    expect(() => regionBatch([set(1), set(0)])).toThrow('picture 1 has no regions');
    const other = set(1, { features: float32([1, 4], [1, 2, 3, 4]) });
    expect(() => regionBatch([set(1), other])).toThrow('use one detector');
  });
});

describe('files of regions', () => {
  test('our own form gives back what was written', async () => {
    const path = join(folder, 'own.safetensors');
    const written = set(12, { confidence: float32([12], Array(12).fill(0.5)) });
    await writeRegions(path, written);
    expect(await readRegions(path)).toEqual(written);
  });

  test.each(['stored.npz', 'deflated.npz'])("NumPy's archives of UNITER's extractor: %s", async (name) => {
    const read = await readRegions(new URL(`../../../test/goldens/regions/${name}`, import.meta.url).pathname);
    expect(read.features.shape).toEqual([10, 6]);
    expect(read.classes?.shape).toEqual([10, 5]);
    expect(read.features.data[7]).toBe(1.75);
    const places = [...locationsOf(read).data].map(Number).slice(0, 7);
    for (const [i, share] of [0.125, 0.25, 0.625, 0.5, 0.5, 0.25, 0.125].entries())
      expect(places[i]).toBeCloseTo(share, 6);
  });

  test('a damaged or foreign file is named', async () => {
    const whole = await readFile(new URL('../../../test/goldens/regions/stored.npz', import.meta.url));
    const cut = join(folder, 'cut.npz');
    await writeFile(cut, whole.subarray(0, whole.length - 200));
    await expect(readRegions(cut)).rejects.toThrow(/cut\.npz: .*get the file again/);
    const other = join(folder, 'other.npz');
    await writeFile(other, 'not an archive, but long enough to be searched for one');
    await expect(readRegions(other)).rejects.toThrow('other.npz: is not a zip archive');
  });
});
