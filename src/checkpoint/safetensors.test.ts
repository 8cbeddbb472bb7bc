import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toFloat32 } from '../core/array.ts';
import { CheckpointError } from '../core/errors.ts';
import { duplicateKey } from './json-keys.ts';
import { openCheckpoint } from './open.ts';
import { headerLength, parseHeader } from './safetensors.ts';
import { storedTensors } from './testing.ts';

const fixtures = resolve(import.meta.dirname, '../../test/fixtures/checkpoint');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The bytes of a file with this header and so many bytes of data. */
function file(header: unknown, dataLength = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** Parses bytes as `openCheckpoint` does, without a disk. */
function parse(bytes: Uint8Array) {
  const length = headerLength(bytes, bytes.length, 'a.safetensors');
  return parseHeader(bytes.subarray(8, 8 + length), { path: 'a.safetensors', file: '/a', size: bytes.length });
}

const f32 = (start: number, end: number) => ({ dtype: 'F32', shape: [(end - start) / 4], data_offsets: [start, end] });

describe('a file from the reference library', () => {
  it.each(storedTensors)('%s', async (name, dtype, shape, values) => {
    const checkpoint = await openCheckpoint(join(fixtures, 'types.safetensors'));
    expect(checkpoint.metadata).toEqual({ format: 'pt' });
    const array = await checkpoint.read(name);
    expect(array).toMatchObject({ dtype, shape });
    expect([...toFloat32(array)]).toEqual(values);
  });

  it('is found through a link, by its real path', async () => {
    const link = join(folder, 'linked.safetensors');
    await symlink(join(fixtures, 'types.safetensors'), link);
    const { entries } = await openCheckpoint(link);
    expect(entries.get('f32')?.file).toBe(await realpath(join(fixtures, 'types.safetensors')));
  });

  it('suggests the nearest name', async () => {
    const checkpoint = await openCheckpoint(join(fixtures, 'types.safetensors'));
    await expect(checkpoint.read('f31')).rejects.toThrow('there is no tensor f31; did you mean f32');
  });
});

it.each([
  ['a pickle', 0x480],
  ['a gzip archive', 0x8b1f],
  ['a JSON text', 0x227b],
])('a header whose length begins like %s is a header', (_, length) => {
  const entry = JSON.stringify({ a: f32(0, 4) });
  expect([...parse(file(entry.padEnd(length), 4)).entries.keys()]).toEqual(['a']);
});

describe('refused headers', () => {
  const start = 'a.safetensors: ';
  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'is empty'],
    ['three bytes', Uint8Array.of(1, 2, 3), 'has 3 bytes, too few'],
    ['an HTML page', new TextEncoder().encode('\n<!DOCTYPE html><html></html>'), 'is an HTML page'],
    [
      'a Git-LFS pointer',
      new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
      'is a Git-LFS pointer',
    ],
    ['a zip', new TextEncoder().encode('PK\x03\x04 and more'), 'is a PyTorch file (zip), not safetensors'],
    ['a pickle', Uint8Array.of(0x80, 2, 0x8a, 10, 1, 2, 3, 4, 5), 'is a PyTorch file (pickle), not safetensors'],
    ['a JSON text', new TextEncoder().encode('{"model_type": "git"}'), 'is a JSON text'],
    ['a header above the limit', file({}).fill(0xff, 0, 8), 'would have 18446744073709551615 bytes (limit 100 MB)'],
    ['a header that leaves the file', file({ a: f32(0, 4) }).subarray(0, 30), 'is cut off: the header needs'],
    ['no JSON', file('{"a": '), 'the header is not JSON'],
    ['no UTF-8', file('"xxxx"').fill(0xff, 9, 11), 'the header is not JSON'],
    ['an array', file('[1]'), 'the header is not a JSON object'],
    [
      'a doubled name',
      file(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      "names 'a' twice",
    ],
    [
      'a doubled field',
      file('{"a":{"dtype":"U8","dtype":"I8","shape":[0],"data_offsets":[0,0]}}'),
      "names 'dtype' twice",
    ],
    [
      'an unknown dtype',
      file({ a: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, 1),
      'has dtype F8_E4M3; only F32',
    ],
    [
      'a dtype of the prototype',
      file({ a: { dtype: 'toString', shape: [1], data_offsets: [0, 1] } }, 1),
      'has dtype toString',
    ],
    ['a negative size', file({ a: { dtype: 'U8', shape: [-1, -1], data_offsets: [0, 1] } }, 1), 'has no valid shape'],
    [
      'an overflowing shape',
      file({ a: { dtype: 'U8', shape: [2 ** 52, 2 ** 52, 2 ** 52], data_offsets: [0, 1] } }, 1),
      'spans 1 bytes',
    ],
    [
      'reversed offsets',
      file({ a: { dtype: 'U8', shape: [1], data_offsets: [1, 0] } }, 1),
      'has no valid data_offsets',
    ],
    [
      'fractional offsets',
      file({ a: { dtype: 'U8', shape: [1], data_offsets: [0.5, 1.5] } }, 2),
      'has no valid data_offsets',
    ],
    [
      'a span that is too long',
      file({ a: { dtype: 'F32', shape: [3], data_offsets: [0, 16] } }, 16),
      'spans 16 bytes, but F32 [3] needs 12',
    ],
    ['an overlap', file({ a: f32(0, 8), b: f32(4, 12) }, 12), "tensors 'a' and 'b' overlap"],
    ['a hole', file({ a: f32(0, 4), b: f32(8, 12) }, 12), "a hole of 4 bytes before tensor 'b'"],
    ['a hole at the start', file({ a: f32(4, 8) }, 8), "a hole of 4 bytes before tensor 'a'"],
    ['data that is cut off', file({ a: f32(0, 8) }, 7), 'it is cut off'],
    ['data beyond the last tensor', file({ a: f32(0, 4) }, 5), '1 bytes after the last tensor belong to nothing'],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), '__metadata__ is not an object of strings'],
    ['a tensor that is no object', file({ a: null }), "tensor 'a' is not described by an object"],
  ])('%s', (_, bytes, fault) => {
    const error = (() => {
      try {
        parse(bytes);
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error?.message.startsWith(start)).toBe(true);
    expect(error?.message).toContain(fault);
    expect(error?.message).not.toContain('\n');
  });

  it('any damage to a header gives an error or ranges inside the file', () => {
    const good = file(
      {
        __metadata__: { k: 'v' },
        a: f32(0, 8),
        b: f32(8, 12),
        c: { dtype: 'BF16', shape: [1, 2], data_offsets: [12, 16] },
      },
      16,
    );
    const damage = fc.array(fc.tuple(fc.nat(good.length - 17), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(damage, fc.nat(good.length), (changes, length) => {
        const bytes = good.slice(0, Math.max(length, good.length - 40));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          for (const { offset, byteLength } of parse(bytes).entries.values())
            expect(offset >= 8 && offset + byteLength <= bytes.length).toBe(true);
        } catch (error) {
          if (!(error instanceof CheckpointError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('any bytes give an error or a header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.json(), (noise, json) => {
        for (const bytes of [noise, file(json)])
          try {
            parse(bytes);
          } catch (error) {
            if (!(error instanceof CheckpointError)) throw error;
          }
      }),
      { numRuns: 500 },
    );
  });
});

describe('duplicateKey', () => {
  it('finds none in what JSON.stringify writes', () => {
    fc.assert(fc.property(fc.json(), (text) => duplicateKey(text) === undefined));
  });

  it.each([
    ['{"a":1,"b":{"a":1}}', undefined],
    ['{"a":"b","b":"a"}', undefined],
    ['{"a":["a","a"]}', undefined],
    ['{"a\\"{":1, "a\\"{" : 2}', 'a"{'],
    ['[{"x":1},{"y":1,"y":2}]', 'y'],
  ])('%s: %s', (text, key) => {
    expect(duplicateKey(text)).toBe(key);
  });
});

describe('shards', () => {
  const index = (map: unknown) => JSON.stringify({ metadata: {}, weight_map: map });

  it('open as one checkpoint, from the folder and from the index', async () => {
    for (const path of ['sharded', 'sharded/model.safetensors.index.json']) {
      const checkpoint = await openCheckpoint(join(fixtures, path));
      expect([...checkpoint.entries.keys()].sort()).toEqual(['f16', 'f32', 'i64']);
      expect([...(await checkpoint.read('i64')).data]).toEqual([-3n, -2n, -1n, 0n, 1n, 2n]);
    }
  });

  it.each([
    ['a path', index({ a: '../a.safetensors' }), 'names the shard "../a.safetensors", which is not a plain file name'],
    ['a missing shard', index({ a: 'gone.safetensors' }), 'gone.safetensors: there is no such file'],
    [
      'a tensor that is nowhere',
      index({ a: 'one.safetensors', z: 'one.safetensors' }),
      '1 tensors are in no shard (z)',
    ],
    ['a tensor in two shards', index({ a: 'one.safetensors', b: 'two.safetensors' }), "tensor 'a' is in two shards"],
    ['no map', '{}', 'has no weight_map'],
    ['no JSON', '<html></html>', 'is an HTML page'],
  ])('%s is refused', async (name, text, fault) => {
    await writeFile(join(folder, 'one.safetensors'), file({ a: f32(0, 4) }, 4));
    await writeFile(join(folder, 'two.safetensors'), file({ a: f32(0, 4) }, 4));
    const path = join(folder, `${name}.index.json`);
    await writeFile(path, text);
    await expect(openCheckpoint(path)).rejects.toThrow(fault);
    await expect(openCheckpoint(path)).rejects.toThrow(CheckpointError);
  });
});

describe('folders', () => {
  it('without weights, or with several, ask for one', async () => {
    const empty = await mkdtemp(join(folder, 'empty-'));
    await expect(openCheckpoint(empty)).rejects.toThrow('holds no weights; expected model.safetensors');
    await writeFile(join(empty, 'a.safetensors'), file({ a: f32(0, 4) }, 4));
    expect((await openCheckpoint(empty)).entries.size).toBe(1);
    await writeFile(join(empty, 'b.safetensors'), file({}));
    await expect(openCheckpoint(empty)).rejects.toThrow('holds several weight files (a.safetensors, b.safetensors)');
  });

  it('that do not exist are named', async () => {
    await expect(openCheckpoint(join(folder, 'nowhere'))).rejects.toThrow('nowhere: there is no such file');
  });
});
