import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { InputError } from '../core/errors.ts';
import { decodeImage, imageProcessor, PictureReader, pixels } from './index.ts';

const goldens = fileURLToPath(new URL('../../test/goldens/images/', import.meta.url));
const names = ['gradient-rgb.png', 'photo-444.jpg', 'rgba.png'];

test.each([
  { image_processor_type: 'BlipImageProcessor', size: { height: 24, width: 30 } },
  { image_processor_type: 'CLIPImageProcessor', size: { shortest_edge: 32 }, crop_size: { height: 32, width: 32 } },
  { image_processor_type: 'PerceiverImageProcessor' },
])('what is read is to the processor as the picture itself: $image_processor_type', async (config) => {
  const processor = imageProcessor(config);
  await using reader = new PictureReader(processor.settings, { threads: 2 });
  const read = await Promise.all(names.map((name) => reader.read(goldens + name)));
  for (const [i, name] of names.entries()) {
    const [height, width] = processor(read[i]).shape.slice(1);
    expect([read[i].height, read[i].width]).toEqual([height, width]);
    expect(processor(read[i])).toEqual(processor(await decodeImage(goldens + name)));
  }
  // Another model's pictures are of another size.
  const other = imageProcessor({ image_processor_type: 'BlipImageProcessor', size: { height: 8, width: 8 } });
  expect(other(read[0]).shape).toEqual([3, 8, 8]);
});

test('faults name the picture, and the next is read all the same', async () => {
  const { settings } = imageProcessor({ image_processor_type: 'ViltImageProcessor' });
  await using reader = new PictureReader(settings, { threads: 1 });
  await expect(reader.read('nothing.png')).rejects.toThrow('nothing.png: no such file');
  const ribbon = reader.read(pixels(1, 4000, new Uint8Array(12_000)));
  await expect(ribbon).rejects.toThrow('too narrow for ViltImageProcessor');
  await expect(ribbon).rejects.toBeInstanceOf(InputError);
  expect((await reader.read(goldens + names[0])).fitted).toBe(settings);
});

test('pixels that somebody holds stay as they are', async () => {
  const { settings } = imageProcessor({ image_processor_type: 'BlipImageProcessor', size: { height: 2, width: 2 } });
  await using reader = new PictureReader(settings, { threads: 1 });
  const own = pixels(4, 4, new Uint8Array(48).fill(7));
  expect((await reader.read(own)).data).toEqual(new Uint8Array(12).fill(7));
  expect(own.data).toEqual(new Uint8Array(48).fill(7));
});

test('closing fails what is awaited', async () => {
  const { settings } = imageProcessor({ image_processor_type: 'BlipImageProcessor' });
  const reader = new PictureReader(settings, { threads: 1 });
  const last = reader.read(goldens + names[0]);
  last.catch(() => undefined);
  await reader.close();
  await expect(last).rejects.toThrow('the reader of pictures is closed');
});
