import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readCoco } from './coco.ts';
import { readFolder } from './folder.ts';
import { readKarpathy } from './karpathy.ts';
import { readTable } from './tables.ts';
import { all, testFolder } from './testing.ts';

const { at, write: files } = testFolder();

test('text files beside pictures', async () => {
  await files({
    'a.jpg': '',
    'a.txt': 'a dog\n\n a brown dog \n',
    'sub/b.png': '',
    'sub/b.caption': 'a cat',
    'c.png': '',
    'd.png': '',
    'd.txt': ' \n',
  });
  const { rows, bad } = await all(await readFolder(at('')));
  expect(rows).toEqual(['a.jpg: a dog / a brown dog', 'sub/b.png: a cat']);
  expect(bad).toHaveLength(2);
  expect(bad[0]).toMatch(/^c\.png: no caption beside it/);
  expect(bad[1]).toMatch(/^d\.png: .*is empty/);
});

test("metadata.jsonl of Hugging Face's imagefolder, with bad rows in between", async () => {
  await files({
    'x/1.png': '',
    '2.png': '',
    'metadata.jsonl': [
      '{"file_name": "x/1.png", "text": "a dog"}',
      'not json',
      '{"file_name": "missing.png", "text": "a cat"}',
      '{"file_name": "2.png", "text": ""}',
      '[]',
      '',
      '{"file_name": "../outside.png", "text": "a cow"}',
      '{"file_name": "2.png", "text": ["a bee", "an insect"]}',
    ].join('\n'),
  });
  const { rows, bad } = await all(await readFolder(at('')));
  expect(rows).toEqual(['x/1.png: a dog', '2.png: a bee / an insect']);
  expect(bad.map((line) => line.replace(/\(.*\)/, '()'))).toEqual([
    'metadata.jsonl:2: not JSON ()',
    'metadata.jsonl:3: missing.png is not there',
    'metadata.jsonl:4: no caption for 2.png',
    'metadata.jsonl:5: not an object',
    'metadata.jsonl:7: ../outside.png is not there',
  ]);
});

test('captions.txt of Flickr8k (comma, header) and of Flickr30k (tab, no header, several captions a picture)', async () => {
  await files({
    'Images/1.jpg': '',
    'Images/2.jpg': '',
    'captions.txt': '\uFEFFimage,caption\n1.jpg,"A dog, running"\n1.jpg,A dog , and a cat\n2.jpg\n2.jpg,A cat\n',
  });
  expect(await all(await readFolder(at('')))).toEqual({
    rows: ['1.jpg: A dog, running / A dog, and a cat', '2.jpg: A cat'],
    bad: ['captions.txt:4: 1 of 2 columns'],
  });
  await writeFile(at('captions.txt'), '1.jpg#0\tA dog\r\n1.jpg#1\tA brown dog\r\n2.jpg#0\tA cat\r\n');
  expect((await all(await readFolder(at('')))).rows).toEqual(['1.jpg: A dog / A brown dog', '2.jpg: A cat']);
});

test('JSON as an object, as a list, and TSV with more columns', async () => {
  await files({ '1.jpg': '', '2.jpg': '', 'captions.json': '{"1.jpg": "a dog", "2.jpg": ["a cat", " "]}' });
  expect((await all(await readFolder(at('')))).rows).toEqual(['1.jpg: a dog', '2.jpg: a cat']);
  await writeFile(at('captions.json'), '[{"filename": "1.jpg", "sentences": [{"raw": "a dog"}]}, 5]');
  expect(await all(await readFolder(at('')))).toEqual({
    rows: ['1.jpg: a dog'],
    bad: ['captions.json[1]: not an object'],
  });
  await writeFile(at('t.tsv'), 'split\tpath\ttitle\ntrain\t2.jpg\ta cat\n');
  expect((await all(await readFolder(at(''), { table: 't.tsv' }))).rows).toEqual(['2.jpg: a cat']);
});

test('unknown columns are named together with what exists', async () => {
  await files({ '1.jpg': '', 'captions.csv': 'path,legend\n1.jpg,a dog\n' });
  await expect(readFolder(at('')).then(all)).rejects.toThrow(
    'captions.csv: cannot tell the captionColumn among its columns: path, legend; pass { captionColumn: NAME }',
  );
  await expect(readFolder(at(''), { captionColumn: 'legende' }).then(all)).rejects.toThrow(
    'no column "legende" (captionColumn); it has: path, legend; did you mean "legend"?',
  );
  expect((await all(await readFolder(at(''), { captionColumn: 'legend' }))).rows).toEqual(['1.jpg: a dog']);
});

test('a folder without anything to read says so', async () => {
  await expect(readFolder(at('none'))).rejects.toThrow('no such folder');
  await expect(readFolder(at(''))).rejects.toThrow('no pictures and no captions file');
  await expect(readFolder(at(''), { table: 'a.tsv' })).rejects.toThrow('a.tsv: no such file');
});

test('COCO captions', async () => {
  await files({
    'val/1.jpg': '',
    'val/2.jpg': '',
    'captions.json': JSON.stringify({
      images: [{ id: 7, file_name: '1.jpg' }, { id: 8, file_name: '2.jpg' }, { id: 9, file_name: '3.jpg' }, { id: 10 }],
      annotations: [
        { image_id: 7, caption: 'A dog. ' },
        { image_id: 7, caption: 'A brown dog.' },
        { image_id: 9, caption: 'A cat.' },
        { image_id: 99, caption: 'A cow.' },
        { image_id: 8, caption: 3 },
      ],
    }),
  });
  const file = at('captions.json');
  const { rows, bad } = await all(await readCoco(file, { images: at('val') }));
  expect(rows).toEqual(['7: A dog. / A brown dog.']);
  expect(bad.map((line) => line.replaceAll(at(''), ''))).toEqual([
    'annotations[3]: picture 99 is not in "images"',
    'annotations[4]: no caption',
    'images[1]: no captions for 2.jpg',
    'images[2]: 3.jpg is not there; pass { images: FOLDER }?',
    'images[3]: no id or no file_name',
  ]);
  expect((await all(await readCoco(file, { needPictures: false }))).rows).toEqual([
    '7: A dog. / A brown dog.',
    '9: A cat.',
  ]);
  await writeFile(file, '{"info": {}, "images": []}');
  await expect(readCoco(file)).rejects.toThrow('"images" and "annotations" are needed, it has: info, images');
  await writeFile(file, '<html>');
  await expect(readCoco(file)).rejects.toThrow('not readable as JSON');
});

test("Karpathy's split files of COCO and of Flickr30k", async () => {
  const sentences = [{ raw: 'A dog.', tokens: ['a', 'dog'] }, { raw: ' A brown dog. ' }];
  await files({
    'val2014/1.jpg': '',
    '2.jpg': '',
    'dataset_coco.json': JSON.stringify({
      dataset: 'coco',
      images: [
        { filepath: 'val2014', filename: '1.jpg', cocoid: 391895, split: 'test', sentences },
        { filepath: 'train2014', filename: '2.jpg', cocoid: 5, split: 'restval', sentences: [{ raw: 'A cat.' }] },
        { filepath: 'val2014', filename: '3.jpg', cocoid: 6, split: 'test', sentences },
        { filepath: 'val2014', cocoid: 7, split: 'val', sentences },
        { filename: '1.jpg', split: 'train', sentences: [] },
        null,
      ],
    }),
    'dataset_flickr30k.json': JSON.stringify({ images: [{ filename: '2.jpg', split: 'train', sentences }] }),
  });
  const file = at('dataset_coco.json');
  expect(await all(await readKarpathy(file))).toEqual({
    rows: ['391895: A dog. / A brown dog.', '5: A cat.'],
    bad: [
      'images[2]: 3.jpg is not there; pass { images: FOLDER }?',
      'images[3]: no filename',
      'images[4]: no sentences for 1.jpg',
      'images[5]: no filename',
    ],
  });
  expect((await all(await readKarpathy(file, { split: 'train + restval' }))).rows).toEqual(['5: A cat.']);
  await expect(readKarpathy(file, { split: 'testing' }).then(all)).rejects.toThrow(
    'dataset_coco.json: no split "testing"; it has: test, restval, val, train',
  );
  const flickr = await readKarpathy(at('dataset_flickr30k.json'));
  expect((await all(flickr)).rows).toEqual(['2.jpg: A dog. / A brown dog.']);
  await writeFile(file, '{"images": [{"file_name": "1.jpg"}]}');
  await expect(readKarpathy(file)).rejects.toThrow('"images" with "sentences" are needed, it has: images');
});

test('results.csv of Flickr30k, whose one row has lost its separator', async () => {
  await files({
    'images/1.jpg': '',
    'results.csv':
      'image_name| comment_number| comment\n1.jpg| 0| A dog , running .\n1.jpg| 4   A dog runs .\n1.jpg| 1| A dog\n',
  });
  expect(await all(await readFolder(at('')))).toEqual({
    rows: ['1.jpg: A dog , running . / A dog'],
    bad: ['results.csv:3: 2 of 3 columns'],
  });
});

test('lists written as JSON inside a table, and its split', async () => {
  await files({
    '1.jpg': '',
    '2.jpg': '',
    't.csv': 'raw,split,filename\n"[""a dog"", ""a pup""]",train,1.jpg\na [cat],val,2.jpg\n',
  });
  expect((await all(readTable(at('t.csv')))).rows).toEqual(['1.jpg: a dog / a pup', '2.jpg: a [cat]']);
  expect((await all(readTable(at('t.csv'), { split: 'val' }))).rows).toEqual(['2.jpg: a [cat]']);
});

test('caption and address of Conceptual Captions, either first; downloaded files by any usual name', async () => {
  const address = (name: string) => `http://example.org/${name}`;
  await files({
    // CRC-32 in decimal, MD5 with an ending, and the last part of the address.
    'training/1623017470': '',
    'training/cbc58b97d6d28af8ff424432f65437ae.jpg': '',
    'training/c.png': '',
    'cc.tsv': `a dog\t${address('a')}\na cat\t${address('b')}\na cow\t${address('c.png?width=3')}\na bee\t${address('d.jpg')}\n`,
    'cc12m.tsv': `${address('c.png')}\ta cow\n${address('e/')}\ta hen\n`,
  });
  const images = at('training');
  expect(await all(readTable(at('cc.tsv'), { images }))).toEqual({
    rows: [`${address('a')}: a dog`, `${address('b')}: a cat`, `${address('c.png?width=3')}: a cow`],
    bad: [`cc.tsv:4: ${address('d.jpg')} is not there as a downloaded file`],
  });
  expect((await all(readTable(at('cc12m.tsv'), { images }))).rows).toEqual([`${address('c.png')}: a cow`]);
});
