/** Each fault gives one line that names the file, says what is wrong and what to do; a non-zero exit; nothing on stdout. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sightread, writePicture, writeTinyGit } from './testing.ts';

const goldens = fileURLToPath(new URL('../../test/goldens/models/', import.meta.url));
let root: string;
let model: string;
let picture: string;
const at = (name: string) => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightread-bad-'));
  [model, picture] = [at('model'), at('good.jpg')];
  await writeTinyGit(model);
  await writePicture(picture);
});
afterAll(() => rm(root, { recursive: true }));

const oneLine = /^error: [^\n]+\n$/;

describe('pictures', () => {
  const faults: [name: string, make: (path: string) => Promise<void>, says: RegExp][] = [
    ['cut.jpg', async (path) => writeFile(path, (await readFile(picture)).subarray(0, 250)), /damaged or cut off/],
    ['page.jpg', (path) => writeFile(path, '<!doctype html>\n<html><body>Log in</body></html>'), /HTML page/],
    ['empty.png', (path) => writeFile(path, ''), /is empty; save or download it again/],
    ['huge.png', (path) => writeFile(path, pngHeader(64_000, 64_000)), /64000 × 64000 is more than the limit/],
    ['noise.png', (path) => writeFile(path, 'neither this nor that'), /is not a picture in a known format/],
    ['none.png', async () => {}, /no such file; check the spelling/],
  ];
  test.each(faults)('%s', async (name, make, says) => {
    await make(at(name));
    const { code, stdout, stderr } = await sightread(['caption', at(name), '-m', model]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(oneLine);
    expect(stderr).toContain(at(name));
    expect(stderr).toMatch(says);
  });

  test('all of them in one batch do not keep the others from their captions', async () => {
    const names = faults.map(([name]) => at(name));
    const { code, stdout, stderr } = await sightread(['caption', picture, ...names, picture, '-m', model]);
    expect(code).toBe(1);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toContain('captioned 2 of 8 pictures; 6 failed');
  });
});

describe('models', () => {
  /** The tiny model with something wrong with it. */
  const spoiled = async (name: string, spoil: (folder: string) => Promise<void>) => {
    await cp(model, at(name), { recursive: true });
    await spoil(at(name));
    return at(name);
  };
  const without = (name: string, ...files: string[]) =>
    spoiled(name, async (folder) => {
      for (const file of files) await rm(join(folder, file));
    });
  const withText = (name: string, file: string, text: string) =>
    spoiled(name, (folder) => writeFile(join(folder, file), text));

  test.each<[name: string, make: () => Promise<string>, says: RegExp]>([
    [
      'an id that is not in the cache',
      async () => 'nobody/nothing',
      /nobody\/nothing is not in the cache .* load it once with a network/,
    ],
    ['a path that does not exist', async () => at('absent/model'), /absent\/model: there is no such file or folder/],
    [
      'Swin',
      async () => join(goldens, 'swin-model'),
      /config\.json: model_type 'swin' is not a family that can .*known are git/,
    ],
    ['BERT without a head', async () => join(goldens, 'bert-model'), /bert-model.*holds a text encoder without/],
    [
      'BERT under the name of GIT',
      () => foreign('mixed'),
      /mixed.*does not fit the model.*seems to belong to another family/,
    ],
    [
      'a cut weight file',
      () => spoiled('cut', (folder) => truncate(join(folder, 'model.safetensors'), 50_000)),
      /cut\/model\.safetensors.*(cut|short|truncated|end)/,
    ],
    ['a damaged header', () => spoiled('damaged', damageHeader), /damaged\/model\.safetensors/],
    [
      'an HTML page as weights',
      () => withText('html', 'model.safetensors', '<!doctype html><html></html>'),
      /html\/model\.safetensors.*HTML/,
    ],
    [
      'a config that is no JSON',
      () => withText('config', 'config.json', '{"model_type": "git",'),
      /config\/config\.json is not JSON .*fetch it again/,
    ],
    [
      'a config with an odd value',
      () => withText('odd', 'config.json', '{"model_type": "git", "hidden_size": "wide"}'),
      /odd\/config\.json.*hidden_size/,
    ],
    ['no weights', () => without('bare', 'model.safetensors'), /bare: holds no weights; expected model\.safetensors/],
    ['no tokenizer', () => without('mute', 'tokenizer.json'), /mute: no vocabulary.*tokenizer\.json/],
    [
      'no processor',
      () => without('blind', 'preprocessor_config.json'),
      /blind: preprocessor_config\.json is missing; copy it/,
    ],
  ])('%s', async (_, make, says) => {
    const folder = await make();
    const { code, stdout, stderr } = await sightread(['caption', picture, '-m', folder, '--offline']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(oneLine);
    expect(stderr).toMatch(says);
  });

  test.each([
    ['protocol 2', '\x80\x02', /pickle-2\/pytorch_model\.bin.*os\.system/],
    ['protocol 0', '', /pickle-0\/pytorch_model\.bin.*is no PyTorch file/],
  ])('code in a pickle of %s is not run', async (protocol, start, says) => {
    const trace = at('trace');
    const folder = await without(`pickle-${protocol.at(-1)}`, 'model.safetensors');
    const code = `${start}cos\nsystem\n(S'touch ${trace}'\ntR.`;
    await writeFile(join(folder, 'pytorch_model.bin'), code, 'latin1');
    const ran = await sightread(['caption', picture, '-m', folder]);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(oneLine);
    expect(ran.stderr).toMatch(says);
    expect(existsSync(trace)).toBe(false);
  });

  async function foreign(name: string): Promise<string> {
    return spoiled(name, (folder) =>
      cp(join(goldens, 'bert-model/model.safetensors'), join(folder, 'model.safetensors')),
    );
  }

  async function damageHeader(folder: string): Promise<void> {
    const file = join(folder, 'model.safetensors');
    const bytes = await readFile(file);
    bytes.write('"shape":[999999,', bytes.indexOf('"shape":['));
    await writeFile(file, bytes);
  }
});

test('a stack is shown only when asked for', async () => {
  const argv = ['caption', picture, '-m', at('absent/model')];
  expect((await sightread(argv)).stderr).not.toContain('    at ');
  expect((await sightread(argv, { env: { SIGHTREAD_DEBUG: '1' } })).stderr).toContain('    at ');
});

/** A PNG that says how large it is and holds one byte of it. */
function pngHeader(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(1))), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}
