import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Bookmark, openPairs, type Pair, type PairFault } from './pairs.ts';
import { tarEntry, tarOf, testFolder } from './testing.ts';

const { at, write } = testFolder();
const golden = join(import.meta.dirname, '../../../test/goldens/readers/struct-snappy.parquet');

/** Pairs as "id: text", faults as "id! fault". */
async function lines(path: string, from?: number): Promise<string[]> {
  const found: string[] = [];
  for await (const pair of (await openPairs(path)).pairs(from))
    found.push('fault' in pair ? `${pair.id}! ${pair.fault}` : `${pair.id}: ${pair.text}`);
  return found;
}

test('the form of a set is found by looking', async () => {
  const tar = tarOf([
    ['1.jpg', 'x'],
    ['1.txt', 'a dog'],
  ]);
  const coco = { images: [{ id: 7, file_name: 'a.jpg' }], annotations: [{ image_id: 7, caption: 'a dog' }] };
  const karpathy = {
    images: [{ filename: 'a.jpg', split: 'val', sentences: [{ raw: 'a dog' }] }],
    dataset: 'flickr8k',
  };
  await write({
    'a.jpg': '',
    'beside/a.jpg': '',
    'beside/a.txt': 'a dog',
    'table/a.jpg': '',
    'table/metadata.jsonl': '{"file_name": "a.jpg", "text": "a dog"}',
    'table/unused.tar': tar,
    'shards/1.tar': tar,
    'shards/2.tar.gz': gzipSync(tar),
    'shards/1.parquet': 'counts of the downloader',
    'without-ending': tar,
    'coco.json': JSON.stringify(coco),
    'karpathy.json': JSON.stringify(karpathy),
    'list.json': '[{"image": "a.jpg", "caption": "a dog"}]',
    'rows.tsv': 'a dog\ta.jpg\n',
    'parquet/data/.keep': '',
  });
  await copyFile(golden, at('parquet/data/train.parquet'));
  const found = await Promise.all(
    [
      'beside',
      'table',
      'shards',
      'shards/{1,2}.t*',
      'without-ending',
      'coco.json',
      'karpathy.json',
      'list.json',
      'rows.tsv',
    ].map((name) => lines(at(name))),
  );
  expect(found).toEqual([
    ['a.jpg: a dog'],
    ['a.jpg: a dog'],
    ['1.tar/1: a dog', '2.tar.gz/1: a dog'],
    ['1.tar/1: a dog', '2.tar.gz/1: a dog'],
    ['without-ending/1: a dog'],
    ['7: a dog'],
    ['a.jpg: a dog'],
    ['a.jpg: a dog'],
    ['a.jpg: a dog'],
  ]);
  expect(await lines(at('parquet'))).toEqual([
    'train.parquet:0: a dog',
    'train.parquet:0#1: a brown dog',
    'train.parquet:1: a cat',
    'train.parquet:2! no picture',
    'train.parquet:3! no caption in "caption"',
    'train.parquet:4! beside.jpg is not there',
  ]);
});

test('bad rows stand where they are met, and reading goes on from any place', async () => {
  await write({
    'a.jpg': '',
    'c.jpg': '',
    't.tsv': 'file\tcaption\na.jpg\ta dog\na.jpg\ta brown dog\nb.jpg\ta cat\nc.jpg\t\nc.jpg\ta cow\n',
  });
  const whole = ['b.jpg is not there', 'no caption for c.jpg'].map((fault, i) => `t.tsv:${4 + i}! ${fault}`);
  const expected = [...whole, 'a.jpg: a dog', 'a.jpg#1: a brown dog', 'c.jpg: a cow'];
  expect(await lines(at('t.tsv'))).toEqual(expected);
  for (let from = 0; from <= expected.length; from++)
    expect(await lines(at('t.tsv'), from)).toEqual(expected.slice(from));
});

/** All pairs and faults of a set, and the bookmarks that its pairs carry. */
async function marked(path: string) {
  const found: (Pair | PairFault)[] = [];
  for await (const pair of (await openPairs(path)).pairs()) found.push(pair);
  return { found, bookmarks: found.flatMap((pair) => ('bookmark' in pair && pair.bookmark ? [pair.bookmark] : [])) };
}

const bookmarkOf = (pair: Pair | PairFault) => (pair as Pair).bookmark as Bookmark;

async function rest(path: string, from: number, bookmark: Bookmark) {
  const found = [];
  for await (const pair of (await openPairs(path)).pairs(from, bookmark)) found.push(pair);
  return found;
}

/** Samples with two captions each, among them a picture without text and a place that is no header. */
const shard = (name: string) => {
  const sample = (i: number) => [
    tarEntry(`${name}${i}.jpg`, `picture ${i}`),
    tarEntry(`${name}${i}.txt`, `a ${i}\nthe ${i}`),
  ];
  const long = `${name.repeat(120)}.jpg`;
  return Buffer.concat([
    ...[...sample(1), tarEntry(`${name}2.jpg`, 'alone'), ...sample(3)].flat(),
    Buffer.alloc(512, 'damage'),
    ...sample(4).flat(),
    ...[
      tarEntry('././@LongLink', `${long}\0`, 'L'),
      tarEntry(long, 'x'),
      tarEntry(long.replace('.jpg', '.txt'), 'lost name'),
    ].flat(),
    Buffer.alloc(1024),
  ]);
};

test('archives and Parquet go on from any bookmark, faults included', async () => {
  await write({ 'a.tar': shard('a'), 'b.tar.gz': gzipSync(shard('b')), 'c.tar': shard('c').subarray(0, -1500) });
  await copyFile(golden, at('1.parquet'));
  await copyFile(golden, at('2.parquet'));
  for (const [path, length] of [
    [at('{a,b,c,d}.t*'), 27],
    [at('{1,2}.parquet'), 12],
  ] as const) {
    const { found, bookmarks } = await marked(path);
    expect(found.length).toBe(length);
    for (const bookmark of JSON.parse(JSON.stringify(bookmarks)) as Bookmark[])
      for (const from of [bookmark.count, bookmark.count + 1, bookmark.count + 3])
        expect(await rest(path, from, bookmark)).toEqual(found.slice(from));
    // A bookmark of what is still wanted helps nobody, and does no harm.
    expect(await rest(path, 1, bookmarks.at(-1)!)).toEqual(found.slice(1));
  }
});

test('what lies before a bookmark is not read', async () => {
  await write({ 'a.tar': shard('a'), 'b.tar': shard('b') });
  const shards = at('{a,b}.tar');
  const { found } = await marked(shards);
  const place = found.findIndex(({ id }) => id === 'b.tar/b4');
  const bookmark = bookmarkOf(found[place]);
  const [, offset] = bookmark.at;
  await write({ 'a.tar': 'gone', 'b.tar': shard('b').fill(0xff, 0, offset) });
  expect(await rest(shards, place, bookmark)).toEqual(found.slice(place));

  await copyFile(golden, at('1.parquet'));
  await write({ 'beside.jpg': '' });
  const table = await marked(at('1.parquet'));
  const last = table.found.length - 1;
  // As the test of damage has it, this is the picture column of the first row group.
  await write({ '1.parquet': (await readFile(golden)).fill(0xff, 4, 60) });
  expect(await lines(at('1.parquet'))).toContainEqual(expect.stringContaining('row group 0'));
  expect(await rest(at('1.parquet'), last, bookmarkOf(table.found[last]))).toEqual(table.found.slice(last));
});

test('pictures come as a path or as bytes, with the file that names them', async () => {
  await write({
    'folder/a.jpg': '',
    'folder/a.txt': 'a dog',
    's.tar': tarOf([
      ['1.jpg', 'x'],
      ['1.txt', 'a cat'],
    ]),
  });
  const first = async (path: string) => {
    const { count, pairs } = await openPairs(path);
    for await (const pair of pairs()) return { count, ...pair };
    return undefined;
  };
  expect(await first(at('folder'))).toEqual({
    count: 1,
    id: 'a.jpg',
    text: 'a dog',
    source: at('folder/a.txt'),
    picture: { path: at('folder/a.jpg') },
  });
  expect(await first(at('s.tar'))).toMatchObject({ source: at('s.tar'), picture: { bytes: Buffer.from('x') } });
});

test('nothing to read is said at once', async () => {
  await write({ 'noise.bin': new Uint8Array(600), 'empty/.keep': '' });
  await expect(openPairs(at('none'))).rejects.toThrow('none: no such file or folder');
  await expect(openPairs(at('none-*.tar'))).rejects.toThrow('no file matches this pattern');
  await expect(openPairs(at('noise.bin'))).rejects.toThrow('neither a table nor tar, Parquet or JSON');
  await expect(openPairs(at('empty'))).rejects.toThrow('no pictures and no captions file');
});
