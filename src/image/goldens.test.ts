/** Every tensor of test/goldens/images, made by Pillow 12.3 and transformers 5.18 (see its index.json). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { InputError } from '../core/errors.ts';
import { decodeImage, imageProcessor, type Pixels, pixels, type ResampleFilter, resize } from './index.ts';

const folder = new URL('../../test/goldens/images/', import.meta.url);
const index = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as {
  sources: { file: string; format: string; rgb_size: [number, number] }[];
  processors: Record<string, { config: object }>;
  errors: Record<string, string>;
};

interface Golden {
  dtype: string;
  shape: number[];
  data: Uint8Array | Float32Array | BigInt64Array;
}

const goldens = readSafetensors(readFileSync(new URL('expected.safetensors', folder)));
const named = (prefix: string) => [...goldens.keys()].filter((name) => name.startsWith(prefix));
const golden = (name: string) => goldens.get(name) as Golden;

function readSafetensors(file: Buffer): Map<string, Golden> {
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, start).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const arrays = { U8: Uint8Array, F32: Float32Array, I64: BigInt64Array } as const;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const bytes = Uint8Array.from(file.subarray(start + from, start + to));
        return [name, { dtype, shape, data: new arrays[dtype as keyof typeof arrays](bytes.buffer) }];
      },
    ),
  );
}

/** The picture as Pillow decoded it; grey pictures become RGB. */
function decoded(file: string): Pixels {
  const { shape, data } = golden(`decoded/${file}`);
  return pixels(shape[1], shape[0], data as Uint8Array);
}

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let most = 0;
  for (let i = 0; i < expected.length; i++) most = Math.max(most, Math.abs(actual[i] - expected[i]));
  return most;
}

const decodeInPath = (file: string) => decodeImage(new URL(file, folder));

describe('decoding', () => {
  test.each(index.sources)('$file', async ({ file, format, rgb_size }) => {
    const picture = await decodeInPath(file);
    expect([picture.width, picture.height]).toEqual(rgb_size);
    if (!goldens.has(`decoded/${file}`)) return;
    const lossy = format === 'JPEG' || file === 'photo-lossy.webp';
    expect(worst(picture.data, decoded(file).data)).toBeLessThanOrEqual(lossy ? 2 : 0);
  });
});

describe('resizing is equal to Pillow', () => {
  test.each(named('resize/'))('%s', (name) => {
    const [, file, filter, size] = name.split('/');
    const [width, height] = size.split('x').map(Number);
    const expected = golden(name);
    const actual = resize(decoded(file), { width, height }, filter as ResampleFilter).data;
    const grey = expected.shape.length === 2;
    expect(worst(grey ? actual.filter((_, i) => i % 3 === 0) : actual, expected.data as Uint8Array)).toBe(0);
  });
});

describe('pixel values', () => {
  test.each(named('pixel_values/'))('%s', async (name) => {
    const [, kind, file] = name.split('/');
    const picture = goldens.has(`decoded/${file}`) ? decoded(file) : await decodeInPath(file);
    const actual = imageProcessor(index.processors[kind].config)(picture);
    expect(actual.shape).toEqual(golden(name).shape);
    expect(worst(actual.data as Float32Array, golden(name).data as Float32Array)).toBeLessThanOrEqual(1e-6);
  });

  test.each(Object.keys(index.errors))('%s is refused', (name) => {
    const [, kind, file] = name.split('/');
    const processor = imageProcessor(index.processors[kind].config);
    expect(() => processor(decoded(file))).toThrow(InputError);
    expect(() => processor(decoded(file))).toThrow(/too narrow for ViltImageProcessor/);
  });

  test('a ViLT batch is padded and masked', () => {
    const pictures = ['photo-444.jpg', 'noise-37x91.png', 'gradient-rgb.png'].map(decoded);
    const { pixelValues, pixelMask } = imageProcessor(index.processors.vilt.config).batch(pictures);
    const values = golden('vilt_batch/pixel_values');
    expect(pixelValues.shape).toEqual(values.shape);
    expect(worst(pixelValues.data as Float32Array, values.data as Float32Array)).toBeLessThanOrEqual(1e-6);
    const mask = golden('vilt_batch/pixel_mask');
    expect(pixelMask?.shape).toEqual(mask.shape);
    expect(pixelMask?.data).toEqual(mask.data);
  });
});
