import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../core/errors.ts';
import { centerCrop, pixels } from './pixels.ts';
import { type ResampleFilter, resize } from './resample.ts';

const filter = fc.constantFrom<ResampleFilter>('nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos');
const side = fc.integer({ min: 1, max: 40 });
const picture = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((data) => pixels(width, height, data)),
  );

test('resizing to the same size changes nothing', () => {
  fc.assert(
    fc.property(picture, filter, (original, kind) => {
      expect(resize(original, original, kind).data).toEqual(original.data);
    }),
  );
});

test('one colour stays that colour at any size', () => {
  const level = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(side, side, side, side, filter, fc.tuple(level, level, level), (w, h, width, height, kind, colour) => {
      const plain = pixels(
        w,
        h,
        Uint8Array.from({ length: w * h * 3 }, (_, i) => colour[i % 3]),
      );
      const resized = resize(plain, { width, height }, kind).data;
      expect(resized).toEqual(Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3]));
    }),
  );
});

test('filters without negative weights never leave the range of the picture', () => {
  const smooth = fc.constantFrom<ResampleFilter>('nearest', 'box', 'bilinear', 'hamming');
  fc.assert(
    fc.property(picture, side, side, smooth, (original, width, height, kind) => {
      const resized = resize(original, { width, height }, kind).data;
      expect(Math.max(...resized)).toBeLessThanOrEqual(Math.max(...original.data));
      expect(Math.min(...resized)).toBeGreaterThanOrEqual(Math.min(...original.data));
    }),
  );
});

test('a channel does not leak into another', () => {
  fc.assert(
    fc.property(picture, side, side, filter, (original, width, height, kind) => {
      const onlyGreen = original.data.map((value, i) => (i % 3 === 1 ? value : 0));
      const all = resize(original, { width, height }, kind).data;
      const green = resize({ ...original, data: onlyGreen }, { width, height }, kind).data;
      expect(green).toEqual(all.map((value, i) => (i % 3 === 1 ? value : 0)));
    }),
  );
});

test('a very tall picture is shortened before it is widened, as in Pillow', () => {
  const ribbon = pixels(
    1,
    200,
    Uint8Array.from({ length: 600 }, (_, i) => (i * 97) % 256),
  );
  const bothSteps = resize(resize(ribbon, { width: 1, height: 7 }), { width: 5, height: 7 });
  expect(resize(ribbon, { width: 5, height: 7 }).data).toEqual(bothSteps.data);
});

test.each([
  [0, 4],
  [4, 0],
  [2.5, 4],
  [Number.NaN, 4],
])('%s × %s is no size', (width, height) => {
  const black = pixels(2, 2, new Uint8Array(12));
  expect(() => resize(black, { width, height })).toThrow(InputError);
});

test('a centre crop pads the top and left first and cuts the bottom and right first', () => {
  const row = pixels(3, 1, Uint8Array.from([1, 1, 1, 2, 2, 2, 3, 3, 3]));
  const reds = (width: number) => [...centerCrop(row, { width, height: 1 }).data].filter((_, i) => i % 3 === 0);
  expect(reds(2)).toEqual([1, 2]);
  expect(reds(1)).toEqual([2]);
  expect(reds(4)).toEqual([0, 1, 2, 3]);
  expect(reds(5)).toEqual([0, 1, 2, 3, 0]);
});
