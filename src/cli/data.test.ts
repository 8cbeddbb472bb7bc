import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sightread, writePicture } from './testing.ts';

let root: string;
const at = (name: string) => join(root, name);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-data-'));
  await writePicture(at('red.png'));
  await writeFile(at('red.txt'), 'a red thing\nsomething <red>\n');
  await writeFile(at('broken.jpg'), 'no picture');
  await writeFile(at('broken.txt'), 'a broken thing');
  await writePicture(at('silent.png'));
});
afterAll(() => rm(root, { recursive: true }));

test('a folder is shown with its captions, its faults, and a page that survives a broken picture', async () => {
  const { code, stdout, stderr } = await sightread(['data', 'show', root, '--html', at('page.html')]);
  expect(code).toBe(0);
  expect(stdout).toBe('broken.jpg\ta broken thing\nred.png\ta red thing | something <red>\n');
  expect(stderr).toMatch(/error: silent\.png: no caption beside it/);
  expect(stderr).toContain('2 of 2 shown; 1 row cannot be used\n');
  const page = await readFile(at('page.html'), 'utf8');
  expect(page).toContain('something &lt;red&gt;');
  expect(page).toContain('<img src="data:image/png;base64,');
  expect(page).toMatch(/<p>[^<]*broken\.jpg: is not a picture/);
});

test('COCO captions are shown too', async () => {
  const images = [{ id: 7, file_name: 'red.png' }];
  const annotations = [{ image_id: 7, caption: 'a red rectangle' }];
  await writeFile(at('coco.json'), JSON.stringify({ images, annotations }));
  expect(await sightread(['data', 'show', at('coco.json')])).toMatchObject({ code: 0, stdout: '7\ta red rectangle\n' });
});

test('sources that are not there are refused, with what to do', async () => {
  const shown = await sightread(['data', 'show', at('none')]);
  expect(shown).toMatchObject({ code: 2, stdout: '' });
  expect(shown.stderr).toContain('none: no such file or folder');
  const counted = await sightread(['data', 'card', at('none')]);
  expect(counted).toMatchObject({ code: 2, stdout: '' });
  expect(counted.stderr).toContain('build it with "sightread data build"');
  expect(existsSync(at('none'))).toBe(false);
});
