import { expect, test } from 'vitest';
import { InputError } from '../core/errors.ts';
import { encodePng, type ImageSource, imageProcessor, isPixels, pixels } from '../image/index.ts';
import { inBatches } from './batches.ts';

const processor = imageProcessor({ image_processor_type: 'BlipImageProcessor', size: { height: 6, width: 6 } });

/** Pictures of one grey each, which say when they are read. */
async function watchedPictures(count: number) {
  const done: boolean[] = Array.from({ length: count }, () => false);
  const told: (() => void)[] = [];
  const picture = async (i: number) => {
    const bytes = Buffer.from(await encodePng(pixels(9, 12, new Uint8Array(9 * 12 * 3).fill(10 * i))));
    const file = new File([bytes], `${i}.png`);
    file.arrayBuffer = async () => {
      done[i] = true;
      for (const tell of told) tell();
      return new Uint8Array(bytes).buffer;
    };
    return { name: `${i}.png`, source: file as ImageSource };
  };
  return {
    pictures: await Promise.all(done.map((_, i) => picture(i))),
    done,
    /** When so many are read. */
    read: (wanted: number) =>
      new Promise<void>((resolve) => {
        told.push(() => done.filter(Boolean).length >= wanted && resolve());
        told.at(-1)!();
      }),
  };
}

const greys = (sources: readonly ImageSource[]) =>
  sources.map((source) => (isPixels(source) ? `${source.width}×${source.height} of ${source.data[0]}` : 'not read'));

async function values<T>(outcomes: AsyncIterable<{ name: string } & ({ value: T } | { error: string })>) {
  const found: (T | string)[] = [];
  for await (const outcome of outcomes) found.push('value' in outcome ? outcome.value : outcome.error);
  return found;
}

test('while a batch is worked on, the next is read, and no more than that', async () => {
  const { pictures, read, done } = await watchedPictures(14);
  const work = async (sources: ImageSource[]) => {
    const last = Math.min(14, first + 10);
    // Would wait for ever if nothing were read ahead.
    await read(last);
    expect(done.slice(last)).toEqual(done.slice(last).map(() => false));
    first += sources.length;
    return greys(sources);
  };
  let first = 0;
  expect(await values(inBatches(pictures, { size: 5, work, processor }))).toEqual(
    pictures.map((_, i) => `6×6 of ${10 * i}`),
  );
});

test('a picture that cannot be read costs its own row, also ahead', async () => {
  const { pictures } = await watchedPictures(5);
  const broken = { name: 'broken.png', source: new File(['no picture'], 'broken.png') };
  const missing = { name: 'missing', source: new InputError('missing: no such file') };
  const all = [pictures[0], missing, pictures[1], broken, ...pictures.slice(2)];
  const found = await values(inBatches(all, { size: 2, work: async (sources) => greys(sources), processor }));
  expect(found).toEqual([
    '6×6 of 0',
    'missing: no such file',
    '6×6 of 10',
    expect.stringMatching(/^broken\.png: is not a picture/),
    ...[20, 30, 40].map((grey) => `6×6 of ${grey}`),
  ]);
});

test('few pictures, and a model without a processor, read their pictures themselves', async () => {
  const { pictures } = await watchedPictures(5);
  const work = async (sources: ImageSource[]) => greys(sources);
  expect(await values(inBatches(pictures, { size: 1, work, processor }))).toEqual(pictures.map(() => 'not read'));
  expect(await values(inBatches(pictures, { size: 2, work }))).toEqual(pictures.map(() => 'not read'));
});

test('Ctrl-C ends it', async () => {
  const { pictures } = await watchedPictures(9);
  const stop = new AbortController();
  const work = async (sources: ImageSource[]) => {
    stop.abort(new Error('stopped'));
    return greys(sources);
  };
  await expect(values(inBatches(pictures, { size: 1, work, processor, signal: stop.signal }))).rejects.toThrow(
    'stopped',
  );
});
