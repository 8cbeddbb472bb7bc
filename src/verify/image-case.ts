/**
 * The picture goldens: decoding, resizing and processing against what Pillow and transformers gave. `index.json` lists the
 * files and the processors, `expected.safetensors` holds `decoded/<file>`, `resize/<file>/<filter>/<w>x<h>`,
 * `pixel_values/<processor>/<file>` and `vilt_batch/*`.
 */
import { join } from 'node:path';
import { type Checkpoint, openCheckpoint } from '../checkpoint/index.ts';
import { InputError, type NDArray, ndarray } from '../core/index.ts';
import { decodeImage, imageProcessor, type Pixels, pixels, type ResampleFilter, resize } from '../image/index.ts';
import { type Check, compare } from './comparison.ts';
import { readJson } from './reference-case.ts';

interface PictureIndex {
  sources: { file: string; format: string; rgb_size: [number, number] }[];
  processors: Record<string, { config: unknown }>;
  /** Tensors that the reference refused to make, with its message. */
  errors: Record<string, string>;
}

const exact = { atol: 0, rtol: 0 };
/** JPEG and lossy WebP decoders differ by a level or two in how they round. */
const lossy = { atol: 2, rtol: 0 };
const values = { atol: 1e-6, rtol: 0 };

/** Runs the case in `folder`. */
export async function verifyImages(folder: string): Promise<Check[]> {
  const index = readJson<PictureIndex>(join(folder, 'index.json'));
  const stored = await openCheckpoint(join(folder, 'expected.safetensors'));
  const names = (prefix: string) => [...stored.entries.keys()].filter((name) => name.startsWith(prefix));
  const processor = (kind: string) => imageProcessor(index.processors[kind].config);
  const picture = async (file: string) =>
    (await storedPicture(stored, file)) ?? (await decodeImage(join(folder, file)));

  const checks: Check[] = [];
  for (const source of index.sources) checks.push(await verifyDecoding(folder, source, stored));
  for (const name of names('resize/')) {
    const [, file, filter, size] = name.split('/');
    const [width, height] = size.split('x').map(Number);
    const resized = resize(await picture(file), { width, height }, filter as ResampleFilter);
    const expected = await stored.read(name);
    checks.push(compare(name, expected.shape.length === 2 ? grey(resized) : bytes(resized), expected, exact));
  }
  for (const name of names('pixel_values/')) {
    const [, kind, file] = name.split('/');
    checks.push(compare(name, processor(kind)(await picture(file)), await stored.read(name), values));
  }
  for (const name of Object.keys(index.errors)) {
    const [, kind, file] = name.split('/');
    checks.push(refuses(name, processor(kind), await picture(file)));
  }
  if (names('vilt_batch/').length) checks.push(...(await verifyBatch(processor('vilt'), picture, stored)));
  return checks;
}

async function verifyDecoding(
  folder: string,
  { file, format, rgb_size }: PictureIndex['sources'][number],
  stored: Checkpoint,
): Promise<Check> {
  const name = `decoded/${file}`;
  const picture = await decodeImage(join(folder, file));
  const size = [picture.width, picture.height];
  if (String(size) !== String(rgb_size)) return { name, pass: false, note: `${size} pixels, stored ${rgb_size}` };
  if (!stored.entries.has(name)) return { name, pass: true };
  const tolerance = format === 'JPEG' || file.includes('lossy') ? lossy : exact;
  return compare(name, bytes(picture), await stored.read(name), tolerance);
}

/** Pictures that go into one ViLT batch, in the order that the reference was given them. */
const batched = ['photo-444.jpg', 'noise-37x91.png', 'gradient-rgb.png'];

async function verifyBatch(
  processor: ReturnType<typeof imageProcessor>,
  picture: (file: string) => Promise<Pixels>,
  stored: Checkpoint,
): Promise<Check[]> {
  const { pixelValues, pixelMask } = processor.batch(await Promise.all(batched.map(picture)));
  return [
    compare('vilt_batch/pixel_values', pixelValues, await stored.read('vilt_batch/pixel_values'), values),
    compare('vilt_batch/pixel_mask', pixelMask, await stored.read('vilt_batch/pixel_mask'), exact),
  ];
}

function refuses(name: string, processor: ReturnType<typeof imageProcessor>, picture: Pixels): Check {
  try {
    processor(picture);
    return { name, pass: false, note: 'accepted, and the reference refuses it' };
  } catch (error) {
    if (error instanceof InputError) return { name, pass: true };
    throw error;
  }
}

/** The picture as the reference decoded it, so that resizing is judged alone. */
async function storedPicture(stored: Checkpoint, file: string): Promise<Pixels | undefined> {
  if (!stored.entries.has(`decoded/${file}`)) return undefined;
  const { shape, data } = await stored.read(`decoded/${file}`);
  return pixels(shape[1], shape[0], data as Uint8Array);
}

/** [h, w, 3] */
const bytes = ({ width, height, data }: Pixels): NDArray => ndarray('uint8', [height, width, 3], data as Uint8Array);

/** One channel of a grey picture, [h, w] */
const grey = ({ width, height, data }: Pixels): NDArray =>
  ndarray(
    'uint8',
    [height, width],
    (data as Uint8Array).filter((_, i) => i % 3 === 0),
  );
