import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Loader } from './loader.ts';
import { trainingSource } from './source.ts';
import { testSet } from './testing.ts';

const set = testSet();
const digest = (pixels: Uint8Array) => createHash('sha1').update(pixels).digest('hex');

test('the thread gives the same samples as the source, and a saved position goes on where it was', async () => {
  const training = { seed: 4, side: 32 };
  const source = trainingSource(set, training);
  const expected = Array.from({ length: 8 }, (_, i) => source(i)).map(({ pixels, caption }) => [
    digest(pixels),
    caption,
  ]);
  const given: unknown[] = [];
  let position: number;
  {
    await using first = new Loader({ set, training, size: 2 });
    for (let i = 0; i < 2; i++)
      for (const { pixels, caption } of await first.next()) given.push([digest(pixels), caption]);
    position = first.position;
  }
  expect(position).toBe(2);
  await using second = new Loader({ set, training, size: 2, position });
  for (let i = 0; i < 2; i++)
    for (const { pixels, caption } of await second.next()) given.push([digest(pixels), caption]);
  expect(given).toEqual(expected);
});

test('a fault in the thread is thrown by next', async () => {
  await using none = new Loader({ set, training: { makers: ['openclipart'], mix: { single: 1 } }, size: 1 });
  await expect(none.next()).rejects.toThrow(/batch 0: .*no drawings/);
});

test('a closed loader says so', async () => {
  const loader = new Loader({ set, training: { side: 32 }, size: 1 });
  await loader.next();
  await loader.close();
  await expect(loader.next()).rejects.toThrow('closed');
});
