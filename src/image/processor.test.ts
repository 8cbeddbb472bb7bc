import { describe, expect, test } from 'vitest';
import { CheckpointError, InputError } from '../core/errors.ts';
import { readProcessorConfig } from './config.ts';
import { resizedSize, viltSize } from './geometry.ts';
import { type Pixels, pixels } from './pixels.ts';
import { imageProcessor } from './processor.ts';

const plain = (width: number, height: number, level = 100): Pixels =>
  pixels(width, height, new Uint8Array(width * height * 3).fill(level));

describe('target sizes, from transformers 5.18', () => {
  const from = { height: 500, width: 333 };

  test.each([
    [{ shortestEdge: 224 }, { height: 336, width: 224 }],
    [{ shortestEdge: 333 }, { height: 500, width: 333 }],
    [
      { shortestEdge: 224, longestEdge: 300 },
      { height: 300, width: 200 },
    ],
    [
      { shortestEdge: 224, longestEdge: 900 },
      { height: 336, width: 224 },
    ],
    [
      { maxHeight: 100, maxWidth: 100 },
      { height: 100, width: 66 },
    ],
    [
      { height: 7, width: 9 },
      { height: 7, width: 9 },
    ],
  ])('%j', (rule, expected) => {
    expect(resizedSize(from, rule)).toEqual(expected);
  });

  // The examples of the ViLT paper's code at 384, height × width.
  test.each([
    [480, 640, 384, 512],
    [640, 480, 512, 384],
    [500, 500, 384, 384],
    [427, 640, 384, 576],
    [300, 1000, 192, 608],
    [1000, 300, 608, 192],
  ])('ViLT: %i × %i → %i × %i', (fromHeight, fromWidth, height, width) => {
    const size = viltSize({ height: fromHeight, width: fromWidth }, { shortestEdge: 384 }, 32);
    expect(size).toEqual({ height, width });
  });
});

describe('configurations', () => {
  test('an old file gives sizes as one number and speaks of a feature extractor', () => {
    const clip = readProcessorConfig({ feature_extractor_type: 'CLIPFeatureExtractor', size: 288, crop_size: 256 });
    expect(clip.type).toBe('CLIPImageProcessor');
    expect(clip).toMatchObject({ size: { shortestEdge: 288 }, filter: 'bicubic' });
    expect(clip.crop).toEqual({ height: 256, width: 256 });
    const vit = readProcessorConfig({ feature_extractor_type: 'ViTFeatureExtractor', size: 288 });
    expect(vit).toMatchObject({ size: { height: 288, width: 288 }, filter: 'bilinear' });
  });

  test('the fast and the Pillow class count as their plain one, null as the default', () => {
    const config = { image_processor_type: 'BlipImageProcessorFast', resample: null, do_pad: null };
    expect(readProcessorConfig(config)).toEqual(readProcessorConfig({ image_processor_type: 'BlipImageProcessor' }));
  });

  test('switched-off steps are left out', () => {
    const type = 'ViTImageProcessor';
    const raw = { image_processor_type: type, do_resize: false, do_rescale: false, do_normalize: false };
    const values = imageProcessor(raw)(plain(2, 3, 77));
    expect(values.shape).toEqual([3, 3, 2]);
    expect([...values.data]).toEqual(new Array(18).fill(77));
  });

  test('Perceiver cuts out the middle even when it does not resize', () => {
    const config = { image_processor_type: 'PerceiverImageProcessor', do_resize: false, size: 100, crop_size: 120 };
    expect(imageProcessor(config)(plain(100, 97)).shape).toEqual([3, 80, 80]);
  });

  test.each([
    [{}, /image_processor_type is missing; known are BlipImageProcessor/],
    [{ image_processor_type: 'DonutImageProcessor' }, /unknown image_processor_type DonutImageProcessor/],
    [{ image_processor_type: 'ViTImageProcessor', do_reduce_labels: true }, /do_reduce_labels is not understood/],
    [{ image_processor_type: 'ViTImageProcessor', do_normalise: true }, /did you mean do_normalize\?/],
    [{ image_processor_type: 'BlipImageProcessor', do_pad: true }, /do_pad is not understood for BlipImageProcessor/],
    [{ image_processor_type: 'ViTImageProcessor', resample: 9 }, /resample 9 is no filter/],
    [{ image_processor_type: 'ViTImageProcessor', size: { height: 3 } }, /size must give height and width/],
    [{ image_processor_type: 'ViTImageProcessor', size: 0 }, /size must be a whole number of at least 1, not 0/],
    [{ image_processor_type: 'ViTImageProcessor', image_std: [1, 0, 1] }, /image_std must not be 0/],
    [{ image_processor_type: 'ViTImageProcessor', image_mean: [1, 2] }, /image_mean must have 3 values, not 2/],
    [{ image_processor_type: 'ViTImageProcessor', do_resize: 'yes' }, /do_resize must be true or false, not "yes"/],
    [{ image_processor_type: 'ViTImageProcessor', data_format: 'channels_last' }, /only channels_first is/],
    [{ image_processor_type: 'CLIPImageProcessor', crop_size: { shortest_edge: 3 } }, /crop_size must be/],
    [{ image_processor_type: 'ViltImageProcessor', size: { height: 3, width: 3 } }, /needs { shortest_edge }/],
    [[], /is not an object/],
  ])('%j is refused', (config, message) => {
    expect(() => readProcessorConfig(config)).toThrow(CheckpointError);
    expect(() => readProcessorConfig(config)).toThrow(message);
  });
});

describe('batches', () => {
  const clip = imageProcessor({ image_processor_type: 'CLIPImageProcessor', size: 8, crop_size: 8 });

  test('a batch of two equals two single pictures', () => {
    const pictures = [plain(20, 10, 50), plain(10, 30, 200)];
    const { pixelValues, pixelMask } = clip.batch(pictures);
    expect(pixelValues.shape).toEqual([2, 3, 8, 8]);
    expect(pixelMask).toBeUndefined();
    const singles = pictures.flatMap((picture) => [...clip(picture).data]);
    expect([...pixelValues.data]).toEqual(singles);
  });

  test('unequal sizes need a processor that pads', () => {
    const uncropped = imageProcessor({ image_processor_type: 'CLIPImageProcessor', size: 8, do_center_crop: false });
    expect(() => uncropped.batch([plain(8, 8), plain(8, 16)])).toThrow(/different sizes here \(8 × 8, 8 × 16\)/);
  });

  test('a ribbon that would grow past the size limit is refused before it is resized', () => {
    const resizing = imageProcessor({ image_processor_type: 'CLIPImageProcessor' });
    expect(() => resizing(plain(1, 9000))).toThrow(InputError);
    expect(() => resizing(plain(1, 9000))).toThrow(/too narrow for CLIPImageProcessor/);
  });
});
