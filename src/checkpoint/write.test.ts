import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DType, dtypes, float32, type NDArray, ndarray, toFloat32 } from '../core/array.ts';
import { openCheckpoint } from './open.ts';
import { writeSafetensors } from './write.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-'));
  path = join(folder, 'model.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

const tensor: fc.Arbitrary<NDArray> = fc
  .tuple(fc.constantFrom(...(Object.keys(dtypes) as DType[])), fc.array(fc.nat(4), { maxLength: 3 }))
  .chain(([dtype, shape]) => {
    const bytes = shape.reduce((product, size) => product * size, dtypes[dtype].bytes);
    return fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map((noise) => ndarray(dtype, shape, new dtypes[dtype].array(Uint8Array.from(noise).buffer)));
  });
const name = fc.string({ unit: 'binary' }).filter((text) => text !== '__metadata__' && !/\p{Surrogate}/u.test(text));

it('writes what the reader reads, aligned', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 }),
      async (tensors) => {
        await writeSafetensors(path, tensors, { metadata: { format: 'pt' } });
        const checkpoint = await openCheckpoint(path);
        expect(checkpoint.metadata).toEqual({ format: 'pt' });
        expect(checkpoint.entries.size).toBe(tensors.length);
        for (const [key, value] of tensors) {
          const entry = checkpoint.entries.get(key);
          expect((entry?.offset ?? -1) % dtypes[value.dtype].bytes).toBe(0);
          const back = await checkpoint.read(key);
          expect(back.shape).toEqual(value.shape);
          expect(back.dtype).toBe(value.dtype);
          expect(Buffer.from(back.data.buffer)).toEqual(Buffer.from(value.data.buffer));
        }
      },
    ),
    { numRuns: 30 },
  );
});

it('starts the data at a cache line', async () => {
  await writeSafetensors(path, [['a', float32([3], [1, 2, 3])]]);
  expect((await openCheckpoint(path)).entries.get('a')?.offset).toBe(64);
});

it('writes a part of a larger buffer', async () => {
  await writeSafetensors(path, [['a', ndarray('float32', [2], new Float32Array([0, 1, 2, 3]).subarray(1, 3))]]);
  expect([...(await (await openCheckpoint(path)).read('a')).data]).toEqual([1, 2]);
});

it('halves float32 and leaves the rest', async () => {
  const ids = ndarray('int64', [1], BigInt64Array.of(5n));
  await writeSafetensors(
    path,
    [
      ['ids', ids],
      ['a', float32([3], [1 / 3, -0, 65504])],
    ],
    { dtype: 'float16' },
  );
  const checkpoint = await openCheckpoint(path);
  expect(await checkpoint.read('ids')).toEqual(ids);
  const half = await checkpoint.read('a');
  expect(half.dtype).toBe('float16');
  expect([...toFloat32(half)]).toEqual([0.333251953125, -0, 65504]);
});

it('leaves the old file whole, and nothing beside it, when writing fails', async () => {
  await writeSafetensors(path, [['a', float32([1], [1])]]);
  const before = await readFile(path);
  const attempts: [[string, NDArray][], string][] = [
    [
      [
        ['b', float32([1], [1])],
        ['big', float32([1], [70000])],
      ],
      "tensor 'big' holds 70000, too large for float16",
    ],
    [
      [
        ['b', float32([1], [1])],
        ['b', float32([1], [1])],
      ],
      "two tensors would be written as 'b'",
    ],
    [[['__metadata__', float32([1], [1])]], "two tensors would be written as '__metadata__'"],
    [[['b', { dtype: 'float32', shape: [2], data: new Float32Array(1) }]], "tensor 'b' has 1 values for [2]"],
  ];
  for (const [tensors, fault] of attempts)
    await expect(writeSafetensors(path, tensors, { dtype: 'float16' })).rejects.toThrow(fault);
  expect(await readFile(path)).toEqual(before);
  expect(await readdir(folder)).toEqual(['model.safetensors']);
});

it('names a folder that does not exist', async () => {
  await expect(writeSafetensors(join(folder, 'no', 'a.safetensors'), [])).rejects.toThrow('cannot be written (ENOENT');
});
