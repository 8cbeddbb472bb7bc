import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readParquet } from './parquet.ts';
import { all, testFolder } from './testing.ts';

const { at, write } = testFolder();
// Written by pyarrow 26.
const golden = (name: string) => join(import.meta.dirname, '../../../test/goldens/readers', name);

test('a struct of bytes and path, lists of captions, two row groups, and rows that lack something', async () => {
  await copyFile(golden('struct-snappy.parquet'), at('a.parquet'));
  const reader = await readParquet(at('a.parquet'));
  expect(reader.count).toBe(5);
  const images = [];
  for await (const { image } of reader) images.push([...(image as Uint8Array)]);
  expect(images).toEqual([
    [0xff, 0xd8, 0],
    [0xff, 0xd8, 1],
  ]);
  expect(await all(reader)).toEqual({
    rows: ['a.parquet:0: a dog / a brown dog', 'a.parquet:1: a cat'],
    bad: ['a.parquet:2: no picture', 'a.parquet:3: no caption in "caption"', 'a.parquet:4: beside.jpg is not there'],
  });
  await write({ 'beside.jpg': '' });
  expect((await all(await readParquet(at('a.parquet'), { split: 'val+test' }))).rows).toEqual([
    'a.parquet:1: a cat',
    'a.parquet:4: a cow',
  ]);
  await expect(readParquet(at('a.parquet'), { split: 'tests' }).then(all)).rejects.toThrow(
    'a.parquet: no split "tests"; it has: train, val, test; did you mean "test"?',
  );
});

test.each(['gzip', 'brotli'])('bare bytes and unmarked texts, %s', async (codec) => {
  const { rows, bad } = await all(await readParquet(golden(`bytes-${codec}.parquet`)));
  expect(rows).toEqual([`bytes-${codec}.parquet:0: a red thing`, `bytes-${codec}.parquet:1: a blue thing`]);
  expect(bad).toEqual([]);
});

test('columns that are not there and compression that cannot be read are named', async () => {
  await expect(readParquet(golden('struct-snappy.parquet'), { captionColumn: 'captions' })).rejects.toThrow(
    'struct-snappy.parquet: no column "captions" (captionColumn); it has: image, caption, split, width; did you mean "caption"?',
  );
  await expect(readParquet(golden('bytes-lz4.parquet'))).rejects.toThrow(
    'is compressed with LZ4_RAW, which cannot be read here; write it again with SNAPPY, GZIP or BROTLI',
  );
});

test('a damaged row group, a damaged file and a missing one cost themselves alone', async () => {
  const bytes = await readFile(golden('struct-snappy.parquet'));
  const holed = Buffer.from(bytes);
  holed.fill(0xff, 4, 60);
  await write({ '1.parquet': holed, '2.parquet': bytes.subarray(0, 2000), '4.parquet': bytes });
  const { rows, bad } = await all(await readParquet(at('{1..4}.parquet')));
  expect(rows).toEqual(['4.parquet:0: a dog / a brown dog', '4.parquet:1: a cat']);
  expect(bad[0]).toMatch(/^1\.parquet:0: row group 0, rows 0 to 2: /);
  expect(bad.some((line) => /^2\.parquet: .*not readable as Parquet/.test(line))).toBe(true);
  expect(bad.some((line) => /^3\.parquet: .*ENOENT/.test(line))).toBe(true);
  await expect(readParquet(at('2.parquet'))).rejects.toThrow('2.parquet: not readable as Parquet');
});
