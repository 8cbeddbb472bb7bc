import { expect, test } from 'vitest';
import { mostFrequentCaption, pixelNeighbour, randomCaptions } from './baselines.ts';
import { captionBatch, clipNormalisation, pixelBatch } from './collate.ts';

const flat = (side: number, [red, green, blue]: number[], caption = '') => {
  const pixels = new Uint8Array(side * side * 3);
  for (let i = 0; i < pixels.length; i += 3) pixels.set([red, green, blue], i);
  return { pixels, side, caption };
};

/** A square of one colour in one half of a white picture. */
function half(colour: number[], left: boolean, caption: string) {
  const picture = flat(32, [255, 255, 255], caption);
  for (let y = 8; y < 24; y++)
    for (let x = left ? 2 : 16; x < (left ? 16 : 30); x++) picture.pixels.set(colour, (y * 32 + x) * 3);
  return picture;
}

test('pixels become normalised channels in the order batch, channel, row, column', () => {
  const { shape, data } = pixelBatch([flat(2, [255, 0, 128])]);
  expect(shape).toEqual([1, 3, 2, 2]);
  const { mean, std } = clipNormalisation;
  expect(data[0]).toBeCloseTo((1 - mean[0]) / std[0], 5);
  expect(data[4]).toBeCloseTo((0 - mean[1]) / std[1], 5);
  expect(data[11]).toBeCloseTo((128 / 255 - mean[2]) / std[2], 5);
  expect(() => pixelBatch([flat(2, [0, 0, 0]), flat(4, [0, 0, 0])])).toThrow('picture 1 of a batch has side 4');
});

test('captions are padded on the right, and padding is never a label', () => {
  const encode = (caption: string) => caption.split(' ').map(Number);
  const { ids, labels } = captionBatch([flat(2, [0, 0, 0], '5 6 7'), flat(2, [0, 0, 0], '8')], encode, { pad: 1 });
  expect([...(ids.data as BigInt64Array)]).toEqual([5n, 6n, 7n, 8n, 1n, 1n]);
  expect([...(labels.data as BigInt64Array)]).toEqual([5n, 6n, 7n, 8n, -100n, -100n]);
  expect(ids.shape).toEqual([2, 3]);
});

test('the pixel neighbour finds the picture that looks alike, also when it is a little darker', () => {
  const train = [
    half([200, 0, 0], true, 'red left'),
    half([200, 0, 0], false, 'red right'),
    half([0, 0, 200], true, 'blue left'),
  ];
  const nearest = pixelNeighbour(train);
  expect(nearest(half([160, 20, 20], true, ''))).toBe('red left');
  expect(nearest(half([160, 20, 20], false, ''))).toBe('red right');
  expect(nearest(half([20, 20, 170], true, ''))).toBe('blue left');
  expect(() => pixelNeighbour([])).toThrow('no training pictures');
});

test('the other baselines know only captions', () => {
  expect(mostFrequentCaption(['a', 'b', 'b', 'c'])).toBe('b');
  expect(randomCaptions(['a', 'b'], 50, 1)).toEqual(randomCaptions(['a', 'b'], 50, 1));
  expect(new Set(randomCaptions(['a', 'b'], 50, 1))).toEqual(new Set(['a', 'b']));
});
