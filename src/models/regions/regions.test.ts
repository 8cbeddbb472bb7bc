import { describe, expect, test } from 'vitest';
import { float32, uniformNumber } from '../../core/index.ts';
import { clip, overlap } from './boxes.ts';
import { peaks, shares } from './centernet/places.ts';
import { chooseBySurvival } from './choose.ts';
import type { FoundRegions } from './detector.ts';
import { finished } from './finish.ts';
import { suppress, suppressor, suppressPerClass } from './suppress.ts';

const found = (boxes: number[], confidence: number[]): FoundRegions => ({
  features: float32(
    [confidence.length, 2],
    confidence.flatMap((_, i) => [i, i + 0.5]),
  ),
  boxes: float32([confidence.length, 4], boxes),
  confidence: float32([confidence.length], confidence),
  labels: confidence.map((_, i) => `thing ${i}`),
  width: 20,
  height: 10,
});

describe('boxes', () => {
  test('two readings of how large they are', () => {
    expect(overlap([0, 0, 2, 2], [1, 0, 3, 2])).toBeCloseTo(1 / 3, 6);
    expect(overlap([0, 0, 1, 1], [1, 0, 2, 1], { inclusive: true })).toBeCloseTo(1 / 3, 6);
  });

  test('boxes that share nothing, or have no area, overlap by 0 and not by NaN', () => {
    expect(overlap([0, 0, 1, 1], [5, 5, 6, 6])).toBe(0);
    expect(overlap([1, 1, 1, 1], [1, 1, 1, 1])).toBe(0);
  });

  test('are cut to the picture', () => {
    expect([...clip(Float32Array.of(-3, -4, 99, 5), 20, 10)]).toEqual([0, 0, 20, 5]);
  });
});

describe('suppression', () => {
  const boxes = Float32Array.of(...[0, 0, 10, 10], ...[1, 0, 11, 10], ...[50, 50, 60, 60]);

  test('the surer of two goes first, and equal scores keep their order', () => {
    expect(suppress(boxes, [0.5, 0.9, 0.1], 0.5)).toEqual([1, 2]);
    expect(suppress(boxes, [0.5, 0.5, 0.5], 0.5)).toEqual([0, 2]);
    expect(suppress(boxes, [0.5, 0.9, 0.1], 0.5, { most: 1 })).toEqual([1]);
    expect(suppress(new Float32Array(), [], 0.5)).toEqual([]);
  });

  test('boxes met again under other scores give what each list of scores gives alone', () => {
    const number = (place: number, i: number) => uniformNumber(1, place, i);
    const corner = (i: number) => 30 * number(0, Math.floor(i / 4) * 2 + (i % 2));
    const many = Float32Array.from({ length: 200 }, (_, i) => corner(i) + (i % 4 < 2 ? 0 : 3 + 20 * number(1, i)));
    const again = suppressor(many, 0.3, { inclusive: true });
    for (const place of [2, 3, 4]) {
      // Rounded, so that some are equal.
      const scores = Array.from({ length: 50 }, (_, i) => Math.round(10 * number(place, i)) / 10);
      const alone = suppress(many, scores, 0.3, { inclusive: true });
      expect(again(scores)).toEqual(alone);
      expect(alone.length).toBeGreaterThan(5);
      expect(alone.length).toBeLessThan(45);
    }
  });

  test('classes do not touch each other', () => {
    expect(suppressPerClass(boxes, [0.5, 0.9, 0.1], [1, 2, 1], 0.5)).toEqual([1, 0, 2]);
  });
});

describe('choosing', () => {
  const boxes = Float32Array.from({ length: 40 }, (_, i) => Math.floor(i / 4) * 100 + (i % 4 < 2 ? 0 : 50));
  const sure = { data: Float32Array.from({ length: 10 }, (_, i) => (i + 1) / 11), width: 1 };
  const count = (threshold: number, min: number, max: number) =>
    chooseBySurvival(boxes, sure, { threshold, min, max }).rows.length;

  test('as many as are sure, at least min, at most max, and no more than there are', () => {
    expect([count(0.5, 1, 10), count(0.99, 3, 10), count(0.01, 1, 4), count(0.99, 36, 100)]).toEqual([5, 3, 4, 10]);
    expect(count(0.99, 0, 10)).toBe(0);
  });
});

describe('finishing', () => {
  test('surest first, cut to the picture, nothing without area or numbers', () => {
    const boxes = [...[-5, 2, 8, 30], ...[3, 3, 3, 9], ...[1, 1, 5, 5], ...[Number.NaN, 1, 5, 5], ...[30, 1, 40, 5]];
    const set = finished(found(boxes, [0.3, 0.9, 0.8, 0.7, 0.6]), {});
    expect(set.labels).toEqual(['thing 2', 'thing 0']);
    expect([...set.boxes.data]).toEqual([1, 1, 5, 5, 0, 2, 8, 10]);
    expect([...set.features.data]).toEqual([2, 2.5, 0, 0.5]);
  });

  test('where nothing is left, the message says what to change', () => {
    expect(() => finished(found([3, 3, 3, 9], [0.9]), { threshold: 0.4 })).toThrow(
      'as sure as 0.4; lower the threshold',
    );
  });
});

describe('a heat map', () => {
  test('peaks are the largest of their neighbourhood, class by class, surest first', () => {
    const heat = Float32Array.of(...[0.1, 0.2, 0.1, 0.9, 0.3, 0.1], ...[0, 0, 0.5, 0, 0, 0]);
    expect(peaks(heat, 2, 3, 2).map(({ row, column, kind }) => [kind, row, column])).toEqual([
      [0, 1, 0],
      [1, 0, 2],
    ]);
  });

  test('positions partly inside count for that part', () => {
    expect([...shares(0.5, 2, 4)].map((share) => Math.round(share * 1e4) / 1e4)).toEqual([0.3333, 0.6667, 0, 0]);
  });
});
