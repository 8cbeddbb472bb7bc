import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { readRegions } from '../models/uniter/region-file.ts';
import { sightread } from './testing.ts';

const model = fileURLToPath(new URL('../../test/goldens/regions/faster-rcnn', import.meta.url));
const picture = join(model, 'picture.png');
const folder = mkdtempSync(join(tmpdir(), 'regions-'));
afterAll(() => rmSync(folder, { recursive: true }));
const regions = (...words: string[]) => sightread(['regions', ...words, '--model', model]);

describe('sightread regions', () => {
  test('writes features that UNITER reads, what they mean, and a drawing', async () => {
    const [out, drawn] = [join(folder, 'features'), join(folder, 'drawn.png')];
    const { code, stdout, stderr } = await regions(picture, '--out', out, '--draw', drawn, '--min', '12', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [row] = JSON.parse(stdout);
    expect(row).toMatchObject({ image: picture, width: 83, height: 57, model, file: join(out, 'picture.safetensors') });

    const set = await readRegions(row.file);
    expect(set.features.shape).toEqual([row.regions.length, 64]);
    expect([set.width, set.height]).toEqual([83, 57]);
    const words = JSON.parse(readFileSync(join(out, 'picture.json'), 'utf8'));
    expect(words.regions).toEqual(row.regions);
    expect(words.regions[0]).toEqual({
      box: expect.any(Array),
      label: expect.stringMatching(/^class \d$/),
      confidence: expect.any(Number),
      attribute: expect.stringMatching(/^attribute \d$/),
      attributeProbability: expect.any(Number),
    });
    expect(readFileSync(drawn).subarray(1, 4).toString()).toBe('PNG');
    expect(readdirSync(out).sort()).toEqual(['picture.json', 'picture.safetensors']);
  });

  test('a bad picture costs its own row, and leaves no file', async () => {
    const broken = join(folder, 'broken.jpg');
    writeFileSync(broken, 'no picture');
    const out = join(folder, 'some');
    const { code, stdout, stderr } = await regions(broken, picture, '--out', out);
    expect(code).toBe(1);
    expect(stderr).toContain('broken.jpg');
    expect(stdout).toMatch(/picture\.png\t\d+ regions: class \d \d\.\d\d/);
    expect(readdirSync(out).sort()).toEqual(['picture.json', 'picture.safetensors']);
  });

  test('nothing sure enough: one line, and no file', async () => {
    const out = join(folder, 'none');
    const { code, stdout, stderr } = await regions(picture, '--threshold', '1', '--min', '0', '--out', out);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/picture\.png: no region .*; lower the threshold/);
    expect(readdirSync(out)).toEqual([]);
  });

  test('what makes no sense is refused before the work begins', async () => {
    const other = join(folder, 'other');
    cpSync(picture, join(other, 'picture.png'));
    const twice = await regions(picture, join(other, 'picture.png'), '--out', join(folder, 'twice'));
    expect(twice.code).toBe(2);
    expect(twice.stderr).toContain('would both be written as picture');
    expect(existsSync(join(folder, 'twice'))).toBe(false);
    expect((await regions(picture, '--min', '9', '--max', '3')).stderr).toContain('--min 9 is more than --max 3');
    expect((await regions(picture, '--out', picture)).stderr).toContain('is a file');
    const small = await sightread(['regions', picture, '--choose', 'lxmert']);
    expect(small).toMatchObject({ code: 2, stderr: expect.stringContaining('leave --choose out') });
  });
});
