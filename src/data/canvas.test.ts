import { expect, test } from 'vitest';
import { Canvas } from './canvas.ts';
import { colourMatrix } from './colour-matrix.ts';
import { appearanceOf, colourNamed, colourNames, hsvToRgb, nameOf, rgbToHsv } from './colours.ts';
import { Random } from './random.ts';
import { shapeNames, shapeSprite } from './shapes.ts';
import { spriteOf } from './sprite.ts';

const block = (width: number, height: number, [red, green, blue]: number[]) => {
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < rgba.length; i += 4) rgba.set([red, green, blue, 255], i);
  return spriteOf(rgba, width, height);
};

function white(side: number): Canvas {
  const canvas = new Canvas(side);
  canvas.colour.fill(255);
  return canvas;
}

test('a sprite lands where it is placed, in its colour, and nothing else changes', () => {
  const canvas = white(40);
  const box = canvas.draw(block(16, 16, [200, 30, 40]), { x: 20, y: 14, width: 10, height: 10 });
  expect(box).toEqual([15, 9, 25, 19]);
  const pixels = canvas.take();
  const at = (x: number, y: number) => [...pixels.subarray((y * 40 + x) * 3, (y * 40 + x) * 3 + 3)];
  expect(at(20, 14)).toEqual([200, 30, 40]);
  expect(at(5, 5)).toEqual([255, 255, 255]);
  expect(at(20, 30)).toEqual([255, 255, 255]);
});

test('a quarter turn swaps width and height; a flip mirrors', () => {
  const turned = white(40).draw(block(16, 16, [0, 0, 0]), {
    x: 20,
    y: 20,
    width: 20,
    height: 8,
    rotation: Math.PI / 2,
  });
  // The rim of a magnified sprite is soft: half a pixel more may count.
  expect(turned).toEqual([16, 9, 24, 31]);
  const rgba = new Uint8Array(8 * 8 * 4);
  for (let y = 0; y < 8; y++) rgba.set([0, 0, 0, 255], (y * 8 + 1) * 4);
  const place = { x: 20, y: 20, width: 8, height: 8 };
  const plain = white(40).draw(spriteOf(rgba, 8, 8), place)!;
  const mirrored = white(40).draw(spriteOf(rgba, 8, 8), { ...place, flip: true })!;
  expect(plain[0] + mirrored[2]).toBe(40);
});

test('outside the picture nothing is drawn', () => {
  expect(white(20).draw(block(4, 4, [0, 0, 0]), { x: -30, y: 5, width: 10, height: 10 })).toBeUndefined();
});

test('an outline surrounds the sprite and does not count as part of its box', () => {
  const canvas = white(40);
  const box = canvas.draw(
    block(16, 16, [200, 200, 0]),
    { x: 20, y: 20, width: 10, height: 10 },
    { outline: { width: 2, colour: [0, 0, 0] } },
  );
  expect(box).toEqual([15, 15, 25, 25]);
  const pixels = canvas.take();
  expect(pixels[(20 * 40 + 13) * 3]).toBeLessThan(60);
  expect(pixels[(20 * 40 + 10) * 3]).toBe(255);
});

test('the neutral colour matrix changes nothing, and grey stays grey when the hue turns', () => {
  const neutral = colourMatrix(0, 1, 1, 0);
  expect([...neutral].map((value) => Math.round(value * 1000) / 1000)).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
  const turned = colourMatrix(1, 1, 1, 0);
  for (const row of [0, 4, 8]) expect(turned[row] + turned[row + 1] + turned[row + 2]).toBeCloseTo(1);
});

test('a colour drawn for a word is named by that word', () => {
  const random = new Random(1);
  for (const name of colourNames)
    for (let i = 0; i < 50; i++) {
      const hsv = colourNamed(name, random);
      expect(nameOf(hsv), `${name} ${hsv}`).toBe(name);
      const back = rgbToHsv(...hsvToRgb(hsv));
      expect(back[1]).toBeCloseTo(hsv[1], 6);
      expect(back[2]).toBeCloseTo(hsv[2], 6);
    }
});

test('the main colour of a drawing is found, and none where no hue leads', () => {
  expect(appearanceOf(block(16, 16, [220, 30, 30])).name).toBe('red');
  expect(appearanceOf(block(16, 16, [250, 250, 250]))).toMatchObject({ white: 1, mainShare: 0 });
});

test('shapes are symmetric and differ in area', () => {
  const areas = shapeNames.map((name) => {
    const { data, width, height } = shapeSprite(name).levels[0];
    let sum = 0;
    let uneven = 0;
    for (let y = 1; y <= height; y++)
      for (let x = 1; x <= width; x++) {
        const alpha = data[(y * (width + 2) + x) * 4 + 3];
        const twin = data[(y * (width + 2) + (width + 1 - x)) * 4 + 3];
        uneven = Math.max(uneven, Math.abs(alpha - twin));
        sum += alpha;
      }
    expect(uneven, name).toBeLessThanOrEqual(32);
    return Math.round((sum / 255 / width / height) * 100) / 100;
  });
  expect(new Set(areas).size).toBeGreaterThanOrEqual(5);
});
