/** A tiny Faster R-CNN in the published layout against what the Hugging Face port gave (test/goldens/regions/faster-rcnn). */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Checkpoint, openCheckpoint } from '../../../checkpoint/index.ts';
import { largestError } from '../../../core/testing.ts';
import { decodeImage, pixels } from '../../../image/index.ts';
import { locationsOf } from '../../uniter/regions.ts';
import type { RegionDetector } from '../detector.ts';
import { frcnnConfig } from './config.ts';
import { type Looks, lookAt, seenAs } from './detect.ts';
import { openFrcnn } from './open.ts';
import { sizeSeen } from './picture.ts';
import { bindFrcnn, compileLook, compileSight, frcnnParameters } from './programs.ts';

const folder = fileURLToPath(new URL('../../../../test/goldens/regions/faster-rcnn', import.meta.url));
const picture = join(folder, 'picture.png');
const scratch = mkdtempSync(join(tmpdir(), 'frcnn-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const numbers = async (stored: Checkpoint, name: string) => (await stored.read(name)).data as Float32Array;
let stored: Checkpoint;
beforeAll(async () => {
  stored = await openCheckpoint(join(folder, 'golden.safetensors'));
});

describe('every stage equals the port', () => {
  let looks: Looks;
  let seen: Float32Array;
  beforeAll(async () => {
    const config = frcnnConfig(parse(readFileSync(join(folder, 'config.yaml'), 'utf8')));
    const weights = await bindFrcnn(await openCheckpoint(join(folder, 'pytorch_model.bin')), config);
    const prepared = seenAs(await decodeImage(picture), config);
    seen = prepared.pixels.data as Float32Array;
    await using sight = await compileSight(config, weights, prepared, {});
    await using look = await compileLook(config, weights, {});
    looks = await lookAt(prepared, { sight, look }, config);
  });

  test('pixels', async () => {
    expect(largestError(seen, await numbers(stored, 'pixels'))).toBeLessThan(1e-5);
  });

  test('proposals', async () => {
    expect(largestError(looks.proposals.boxes, await numbers(stored, 'proposals'))).toBeLessThan(1e-4);
    expect(largestError(looks.proposals.scores, await numbers(stored, 'objectness'))).toBeLessThan(1e-4);
  });

  test.each(['features', 'deltas'] as const)('%s', async (name) => {
    expect(largestError(looks[name].data, await numbers(stored, name))).toBeLessThan(1e-4);
  });
});

describe('chosen as the port does', () => {
  test('boxes, classes, attributes and features', async () => {
    await using detector = await openFrcnn(folder, { choosing: 'lxmert' });
    const found = await detector.detect(picture);
    const ids = async (name: string, word: string) =>
      Array.from((await stored.read(name)).data, Number).map((id) => `${word} ${id}`);
    expect(found.labels).toEqual(await ids('obj_ids', 'class'));
    expect(found.attributes?.map(({ name }) => name)).toEqual(await ids('attr_ids', 'attribute'));
    const traits = found.attributes?.map(({ probability }) => probability) ?? [];
    expect(largestError(traits, await numbers(stored, 'attr_probs'))).toBeLessThan(1e-4);
    expect(largestError(found.confidence.data as Float32Array, await numbers(stored, 'obj_probs'))).toBeLessThan(1e-4);
    expect(largestError(found.boxes.data as Float32Array, await numbers(stored, 'boxes'))).toBeLessThan(1e-4);
    expect(largestError(found.features.data as Float32Array, await numbers(stored, 'roi_features'))).toBeLessThan(1e-4);
  });
});

describe('chosen for UNITER', () => {
  let detector: RegionDetector;
  beforeAll(async () => {
    detector = await openFrcnn(folder);
  });
  afterAll(() => detector.release());

  test('regions are surest first, inside the picture, with classes that begin with the background', async () => {
    const found = await detector.detect(picture, { min: 20, max: 30 });
    const [count] = found.features.shape;
    expect(count).toBeGreaterThanOrEqual(20);
    expect(found.features.shape).toEqual([count, detector.width]);
    expect(found.classes?.shape).toEqual([count, detector.classes.length + 1]);
    const sure = Array.from(found.confidence.data, Number);
    expect(sure).toEqual(sure.toSorted((a, b) => b - a));
    const locations = Array.from(locationsOf(found).data, Number);
    expect(locations.every((x) => x >= 0 && x <= 1)).toBe(true);
    // A region is never surer than its surest object.
    for (let i = 0; i < count; i++) {
      const objects = Array.from(found.classes!.data.slice(i * 10 + 1, (i + 1) * 10), Number);
      expect(sure[i]).toBeLessThanOrEqual(Math.max(...objects) + 1e-6);
    }
  });

  test('nothing sure enough, and nothing asked for: an error that says what to change', async () => {
    await expect(detector.detect(picture, { threshold: 1, min: 0 })).rejects.toThrow('lower the threshold');
  });

  test('a ribbon is refused, and one colour is looked at', async () => {
    await expect(detector.detect(pixels(2000, 3, new Uint8Array(18000)))).rejects.toThrow('too narrow');
    const plain = await detector.detect(pixels(40, 30, new Uint8Array(3600).fill(90)));
    expect(Array.from(plain.features.data, Number).every(Number.isFinite)).toBe(true);
  });

  test('stopping is heard', async () => {
    await expect(detector.detect(picture, { signal: AbortSignal.abort() })).rejects.toThrow('abort');
  });
});

test('the published detector has the published size', () => {
  const list = frcnnParameters(frcnnConfig({}));
  expect(list.get('backbone.stages.2.22.conv3.weight')?.shape).toEqual([1024, 256, 1, 1]);
  expect(list.get('judge.class.weight')?.shape).toEqual([1601, 2048]);
  expect(list.get('judge.attributeHidden.weight')?.shape).toEqual([512, 2304]);
  expect(sizeSeen({ width: 640, height: 480 }, { shorter: 800, longest: 1333 })).toEqual({ width: 1067, height: 800 });
  expect(sizeSeen({ width: 1000, height: 200 }, { shorter: 800, longest: 1333 })).toEqual({ width: 1333, height: 267 });
});

test('files that do not fit are named', async () => {
  cpSync(folder, scratch, { recursive: true });
  await expect(openFrcnn(join(scratch, 'nowhere'))).rejects.toThrow('nowhere');
  writeFileSync(join(scratch, 'objects_vocab.txt'), 'one\ntwo\n');
  await expect(openFrcnn(scratch)).rejects.toThrow('objects_vocab.txt: has 2 names, and the detector has 9');
  writeFileSync(join(scratch, 'config.yaml'), 'RESNETS: {DEPTH: 34}');
  await expect(openFrcnn(scratch)).rejects.toThrow('RESNETS.DEPTH');
  rmSync(join(scratch, 'config.yaml'));
  await expect(openFrcnn(scratch)).rejects.toThrow('config.yaml is missing');
});
