import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCoco } from './coco.ts';
import { readFolder } from './folder.ts';
import type { CaptionReader } from './report.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightread-read-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function files(contents: Record<string, string>) {
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** Rows as "id: caption / caption", and what was left out. */
async function all(reader: CaptionReader) {
  const rows: string[] = [];
  for await (const { id, image, captions } of reader) {
    expect(String(image).startsWith(folder)).toBe(true);
    rows.push(`${id}: ${captions.join(' / ')}`);
  }
  expect(reader.report.rows).toBe(rows.length);
  return { rows, bad: reader.report.bad.map(({ where, fault }) => `${where}: ${fault}`) };
}

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
  const { rows, bad } = await all(await readFolder(folder));
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
  const { rows, bad } = await all(await readFolder(folder));
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
  expect(await all(await readFolder(folder))).toEqual({
    rows: ['1.jpg: A dog, running / A dog, and a cat', '2.jpg: A cat'],
    bad: ['captions.txt:4: 1 of 2 columns'],
  });
  await writeFile(join(folder, 'captions.txt'), '1.jpg#0\tA dog\r\n1.jpg#1\tA brown dog\r\n2.jpg#0\tA cat\r\n');
  expect((await all(await readFolder(folder))).rows).toEqual(['1.jpg: A dog / A brown dog', '2.jpg: A cat']);
});

test('JSON as an object, as a list, and TSV with more columns', async () => {
  await files({ '1.jpg': '', '2.jpg': '', 'captions.json': '{"1.jpg": "a dog", "2.jpg": ["a cat", " "]}' });
  expect((await all(await readFolder(folder))).rows).toEqual(['1.jpg: a dog', '2.jpg: a cat']);
  await writeFile(join(folder, 'captions.json'), '[{"filename": "1.jpg", "sentences": [{"raw": "a dog"}]}, 5]');
  expect(await all(await readFolder(folder))).toEqual({
    rows: ['1.jpg: a dog'],
    bad: ['captions.json[1]: not an object'],
  });
  await writeFile(join(folder, 't.tsv'), 'split\tpath\ttitle\ntrain\t2.jpg\ta cat\n');
  expect((await all(await readFolder(folder, { table: 't.tsv' }))).rows).toEqual(['2.jpg: a cat']);
});

test('unknown columns are named together with what exists', async () => {
  await files({ '1.jpg': '', 'captions.csv': 'path,legend\n1.jpg,a dog\n' });
  await expect(readFolder(folder).then(all)).rejects.toThrow(
    'captions.csv: cannot tell the captionColumn among its columns: path, legend; pass { captionColumn: NAME }',
  );
  await expect(readFolder(folder, { captionColumn: 'legende' }).then(all)).rejects.toThrow(
    'no column "legende" (captionColumn); it has: path, legend; did you mean "legend"?',
  );
  expect((await all(await readFolder(folder, { captionColumn: 'legend' }))).rows).toEqual(['1.jpg: a dog']);
});

test('a folder without anything to read says so', async () => {
  await expect(readFolder(join(folder, 'none'))).rejects.toThrow('no such folder');
  await expect(readFolder(folder)).rejects.toThrow('no pictures and no captions file');
  await expect(readFolder(folder, { table: 'a.tsv' })).rejects.toThrow('a.tsv: no such file');
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
  const file = join(folder, 'captions.json');
  const { rows, bad } = await all(await readCoco(file, { images: join(folder, 'val') }));
  expect(rows).toEqual(['7: A dog. / A brown dog.']);
  expect(bad.map((line) => line.replaceAll(folder, ''))).toEqual([
    'annotations[3]: picture 99 is not in "images"',
    'annotations[4]: no caption',
    'images[1]: no captions for 2.jpg',
    'images[2]: 3.jpg is not there; pass { images: FOLDER }?',
    'images[3]: no id or no file_name',
  ]);
  await writeFile(file, '{"info": {}, "images": []}');
  await expect(readCoco(file)).rejects.toThrow('"images" and "annotations" are needed, it has: info, images');
  await writeFile(file, '<html>');
  await expect(readCoco(file)).rejects.toThrow('not readable as JSON');
});
