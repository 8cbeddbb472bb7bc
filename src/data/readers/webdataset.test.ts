import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { all, tarEntry, tarOf, testFolder } from './testing.ts';
import { readWebDataset } from './webdataset.ts';

const { at, write } = testFolder();
const samples = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i): [string, string][] => [
    [`${from + i}.jpg`, `picture ${from + i}`],
    [`${from + i}.txt`, `a thing ${from + i}`],
  ]).flat();

test('files that share a stem are a sample; texts come from .txt or from a field of .json', async () => {
  await write({
    'a.tar': tarOf([
      ['./set/1.jpg', 'one'],
      ['./set/1.txt', 'a dog\na brown dog\n'],
      ['./set/1.json', '{"caption": "other"}'],
      ['set/2.tar.cls', '3'],
      ['set/2.PNG', 'two'],
      ['set/2.json', '{"width": 3, "caption": "a cat", "alt": "felis"}'],
      [`${'deep/'.repeat(30)}3.webp`, 'three'],
      [`${'deep/'.repeat(30)}3.caption`, 'a cow'],
    ]),
  });
  const reader = await readWebDataset(at('a.tar'));
  const rows = [];
  for await (const { id, image, captions, source } of reader)
    rows.push([
      id.replace(/(deep\/)+/, ''),
      Buffer.from(image).toString(),
      captions.join(' / '),
      source === at('a.tar'),
    ]);
  expect(rows).toEqual([
    ['a.tar/set/1', 'one', 'a dog / a brown dog', true],
    ['a.tar/set/2', 'two', 'a cat', true],
    ['a.tar/3', 'three', 'a cow', true],
  ]);
  expect(reader.report.bad).toEqual([]);
  const named = await all(await readWebDataset(at('a.tar'), { captionColumn: 'alt' }));
  expect(named.rows[0]).toBe('a.tar/set/2: felis');
  expect(named.bad).toEqual(['a.tar/set/1: its JSON has no alt']);
});

test('samples that lack something are named, the others are given', async () => {
  await write({
    'b.tar': tarOf([
      ['1.txt', 'no picture'],
      ['2.jpg', 'x'],
      ['3.jpg', 'x'],
      ['3.txt', ' \n'],
      ['4.jpg', 'x'],
      ['4.json', '{"title": '],
      ['5.jpg', 'x'],
      ['5.json', '{"size": 1}'],
      ['6.jpg', 'x'],
      ['6.png', 'x'],
      ['6.txt', 'two pictures'],
      ['7.jpg', 'x'],
      ['7.txt', 'good'],
    ]),
  });
  const { rows, bad } = await all(await readWebDataset(at('b.tar')));
  expect(rows).toEqual(['b.tar/7: good']);
  expect(bad.map((line) => line.replace(/\(.*\)/, '()'))).toEqual([
    'b.tar/1: no picture',
    'b.tar/2: neither .txt nor .json beside the picture',
    'b.tar/3: its text is empty',
    'b.tar/4: its .json is not JSON ()',
    'b.tar/5: its JSON has no caption',
    'b.tar/6: two files of one kind: 6.png',
  ]);
});

test('a damaged header, a cut shard and a missing one cost what they hold and no more', async () => {
  const whole = tarOf(samples(3));
  const holed = Buffer.from(whole);
  holed.fill(0x55, 3 * 1024, 3 * 1024 + 512); // The header of "1.txt".
  await write({ 's-08.tar': holed, 's-09.tar': whole.subarray(0, 3 * 1024 - 500), 's-11.tar': tarOf(samples(1, 9)) });
  const { rows, bad } = await all(await readWebDataset(at('s-{08..11}.tar')));
  expect(rows).toEqual([
    's-08.tar/0: a thing 0',
    's-08.tar/2: a thing 2',
    's-09.tar/0: a thing 0',
    's-11.tar/9: a thing 9',
  ]);
  expect(bad.map((line) => line.replace(/'.*'/, 'PATH'))).toEqual([
    's-08.tar/1: neither .txt nor .json beside the picture',
    's-08.tar: no header where one belongs, at byte 3072; the entries up to the next are lost',
    's-09.tar/1: neither .txt nor .json beside the picture',
    's-10.tar: cannot be read any further (ENOENT: no such file or directory, open PATH)',
  ]);
  await write({ 't.tar': whole.subarray(0, 2 * 1024 + 515) });
  expect((await all(await readWebDataset(at('t.tar')))).bad).toEqual(['t.tar/1: 1.jpg is cut off: 3 of 9 bytes']);
});

test('gzipped shards, archives of the tar program in both of its formats, and shards by pattern', async () => {
  await write({ 'x1.tar.gz': gzipSync(tarOf(samples(2))), 'x10.tar': tarOf(samples(1, 5)) });
  const long = `${'a-long-name-'.repeat(12)}.jpg`;
  await write({ [`in/${long}`]: 'x', [`in/${long.replace('jpg', 'txt')}`]: 'a long name' });
  for (const format of ['gnu', 'pax'])
    execFileSync('tar', [`--format=${format}`, '-cf', at(`${format}.tar`), '-C', at(''), 'in']);
  expect((await all(await readWebDataset(at('x*')))).rows).toEqual([
    'x1.tar.gz/0: a thing 0',
    'x1.tar.gz/1: a thing 1',
    'x10.tar/5: a thing 5',
  ]);
  for (const format of ['gnu', 'pax'])
    expect(await all(await readWebDataset(at(`${format}.tar`)))).toEqual({
      rows: [`${format}.tar/in/${long.slice(0, -4)}: a long name`],
      bad: [],
    });
  await write({ 'cut.tar.gz': gzipSync(tarOf(samples(2))).subarray(0, 120) });
  const { bad } = await all(await readWebDataset(at('cut.tar.gz')));
  expect(bad.join()).toMatch(/cut\.tar\.gz: cannot be read any further \(unexpected end of file\)/);
  await expect(readWebDataset(at('none-*.tar'))).rejects.toThrow('no file matches this pattern');
  await expect(readWebDataset(at('none-{3..1}.tar'))).rejects.toThrow('give the smaller number first');
});

test('memory does not grow with the archive', async () => {
  const [count, size] = [4000, 16 * 1024];
  const file = await open(at('large.tar'), 'w');
  const picture = Buffer.alloc(size, 7);
  for (let i = 0; i < count; i += 500) {
    const some = Array.from({ length: 500 }, (_, j) => [
      ...tarEntry(`${i + j}.jpg`, picture),
      ...tarEntry(`${i + j}.txt`, `number ${i + j}`),
    ]);
    await file.write(Buffer.concat(some.flat()));
  }
  await file.close();

  let [rows, bytes, most] = [0, 0, 0];
  const before = process.memoryUsage().arrayBuffers;
  for await (const { image, captions } of await readWebDataset(at('large.tar'))) {
    bytes += image.length + captions.length;
    if (rows++ % 50 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect([rows, bytes]).toEqual([count, count * (size + 1)]);
  // The archive has 68 MB. What was read is garbage at once; how much of it waits for collection is V8's choice.
  expect(most / 2 ** 20).toBeLessThan(34);
}, 60_000);
