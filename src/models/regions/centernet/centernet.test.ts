/** The detector of an npm package against the same graph run by PyTorch (test/goldens/regions/centernet), and on a picture. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { float32 } from '../../../core/index.ts';
import { largestError } from '../../../core/testing.ts';
import { compile } from '../../../runtime/index.ts';
import { readGraphModel } from './graph-model.ts';
import { installedModel, openCenternet, traceSight } from './open.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../../../test/goldens/regions/centernet/golden.json', import.meta.url), 'utf8'),
) as Record<string, { shape: number[]; mean: number; every: number; values: number[] }>;
const folder = mkdtempSync(join(tmpdir(), 'centernet-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('heat, sides and the neck equal PyTorch', async () => {
  const side = 512;
  const waves = Float32Array.from({ length: 3 * side * side }, (_, i) => {
    const [c, y, x] = [Math.floor(i / (side * side)), Math.floor(i / side) % side, i % side];
    return 127.5 + 127.5 * Math.sin((x * (c + 1) + 2 * y) / 40);
  });
  await using program = await compile(traceSight(await readGraphModel(installedModel())));
  const results = await program.run({ pixels: float32([1, 3, side, side], waves) });
  for (const [name, { shape, mean, every, values }] of Object.entries(golden)) {
    const { data } = results[name];
    expect(results[name].shape).toEqual(shape);
    const ours = Array.from({ length: values.length }, (_, i) => Number(data[i * every]));
    expect(largestError(ours, values), name).toBeLessThan(1e-3);
    expect((data as Float32Array).reduce((a, b) => a + b, 0) / data.length).toBeCloseTo(mean, 4);
  }
});

test('regions of a picture have features of the width that the file says', async () => {
  await using detector = await openCenternet();
  expect([detector.width, detector.classes.length]).toEqual([576, 80]);
  const scene = fileURLToPath(new URL('../../../../examples/scene.png', import.meta.url));
  const found = await detector.detect(scene, { threshold: 0, min: 5, max: 5 });
  expect(found.features.shape).toEqual([5, 576]);
  expect(Array.from(found.features.data, Number).every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
  const pixels = Array.from(found.boxes.data, Number);
  expect(pixels.every((value) => value >= 0 && value <= 240)).toBe(true);

  const again = await detector.featuresAt(scene, found.boxes);
  expect(largestError(Array.from(again.data, Number), Array.from(found.features.data, Number))).toBeLessThan(1e-3);
  await expect(detector.featuresAt(scene, float32([1, 4], [300, 5, 310, 9]))).rejects.toThrow('no area inside');
});

describe('files that are not this detector', () => {
  test.each([
    ['missing.json', undefined, 'cannot be read'],
    ['text.json', 'hello', 'is not JSON'],
    ['other.json', '{"format": "layers-model"}', 'format'],
    [
      'empty.json',
      '{"format": "graph-model", "modelTopology": {"node": []}, "weightsManifest": []}',
      'has no node tower_0/keypoints',
    ],
  ])('%s', async (name, content, fault) => {
    const path = join(folder, name);
    if (content !== undefined) writeFileSync(path, content);
    await expect(openCenternet(path)).rejects.toThrow(new RegExp(`${name}.*${fault}`));
    expect(existsSync(path)).toBe(content !== undefined);
  });
});
