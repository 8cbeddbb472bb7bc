import { describe, expect, test } from 'vitest';
import { float32, gather, input, linear, type NDArray, ParameterList, type Tensor, toFloat32 } from '../core/index.ts';
import { randomArray } from '../core/testing.ts';
import { compile } from '../runtime/index.ts';
import { automatic, blockSize, checkPrecision, MatrixPacker, type Precision, planOf, productNumbers } from './index.ts';

/** Ids go through a table, a product and a vocabulary; pixels through a product; a small head ends both. */
function model(list: ParameterList) {
  const p = list.root;
  const table = p.get('words', [640, 64]);
  const text = linear(gather(table, input('ids', [3], 'int64')), p.get('text', [96, 64]), p.get('bias', [96]));
  const seen = linear(input('pixels', [5, 64]), p.get('vision', [128, 64]));
  const mixed = linear(text, p.get('mix', [64, 96]));
  return { seen, logits: linear(mixed, table), small: linear(mixed, p.get('small', [2, 64])) };
}

const traced = (): ParameterList => {
  const list = new ParameterList();
  model(list);
  return list;
};

const shown = (precision: Precision) =>
  Object.fromEntries(
    [...planOf(traced(), precision)].map(([path, one]) => [
      path,
      one.kind === 'half' ? 'half' : `${one.packing}${one.only ? '' : ' beside'}`,
    ]),
  );

describe('what becomes of each parameter', () => {
  test('q8 packs large products alone, and keeps the table that is read by row', () => {
    expect(shown('q8')).toEqual({
      text: 'columns8',
      vision: 'columns8',
      mix: 'columns8',
      words: 'blocks8 beside',
    });
  });

  test('q4 gives four bits to what text reaches', () => {
    expect(shown('q4')).toEqual({ text: 'blocks4', vision: 'columns8', mix: 'blocks4', words: 'blocks8 beside' });
  });

  test('fp16 halves matrices and tables, fp32 changes nothing', () => {
    expect(shown('fp16')).toEqual({ words: 'half', text: 'half', vision: 'half', mix: 'half', small: 'half' });
    expect(shown('fp32')).toEqual({});
  });

  test('auto is q8 from a size on, where the device has it', () => {
    expect(productNumbers(traced())).toBe(640 * 64 + 96 * 64 + 128 * 64 + 64 * 96);
    expect([automatic(15e6), automatic(86e6), automatic(86e6, 'webgpu')]).toEqual(['fp32', 'q8', 'fp32']);
  });
});

test.each([
  ['q5', 'cpu', /dtype 'q5' is unknown; use fp32, fp16, q8, q4, auto$/],
  ['q8', 'webgpu', /dtype q8 does not run on the device webgpu; use fp32 or fp16 or q4/],
])('%s on %s is refused', (dtype, device, says) => {
  expect(() => checkPrecision(dtype, device)).toThrow(says);
});

describe('packed products through the engine', () => {
  const [rows, columns] = [80, 128];
  const weight = randomArray([rows, columns], 3);
  const bias = randomArray([rows], 4);
  const x = randomArray([6, columns], 5, -2, 2);
  const exact = Float64Array.from({ length: 6 * rows }, (_, i) => {
    const [r, n] = [Math.floor(i / rows), i % rows];
    let sum = bias.data[n] as number;
    for (let k = 0; k < columns; k++)
      sum += (x.data[r * columns + k] as number) * (weight.data[n * columns + k] as number);
    return sum;
  });

  /** What 64, 16 or 256 steps a scale lose, on numbers that are spread evenly, against the root mean square. */
  test.each([
    ['columns8', 0.02],
    ['blocks8', 0.01],
    ['blocks4', 0.09],
  ] as const)('%s is within %d of float64', async (packing, tolerance) => {
    const packer = new MatrixPacker(packing, rows, columns);
    // In three uneven pieces, as a file is read.
    for (const [from, to] of [
      [0, 7],
      [7, 50],
      [50, rows],
    ])
      for (const part of packer.split(toFloat32(weight).subarray(from * columns, to * columns))) packer.add(part);
    expect(packer.full).toBe(true);

    const { writeFile, mkdtemp, rm } = await import('node:fs/promises');
    const { tmpdir } = await import('node:os');
    const { join } = await import('node:path');
    const folder = await mkdtemp(join(tmpdir(), 'packed-'));
    const file = join(folder, 'weights.bin');
    const scales = new Uint8Array(packer.scales.buffer);
    await writeFile(file, Buffer.concat([scales, packer.values]));
    const spans = {
      scales: { offset: 0, byteLength: scales.length },
      values: { offset: scales.length, byteLength: packer.values.length },
    };
    const list = new ParameterList();
    const product = (tensor: Tensor) => linear(tensor, list.root.get('w', [rows, columns]), list.root.get('b', [rows]));
    const packed = { packing, only: true, ...spans };
    await using program = await compile(
      { y: product(input('x', [6, columns])) },
      {
        weights: new Map([
          ['w', { kind: 'range', file, dtype: 'uint8', ...spans.values, packed }],
          ['b', { kind: 'data', value: bias }],
        ]),
      },
    );
    const { y } = await program.run({ x });
    expect(relativeError(y, exact)).toBeLessThan(tolerance);
    expect(relativeError(y, exact)).toBeGreaterThan(tolerance / 20);
    await rm(folder, { recursive: true });
  });

  test('the largest 8-bit weights meet the largest activations without overflow', async () => {
    // On processors without dot-product instructions two products are added in 16 bits.
    const ones = float32([64, 64], new Float32Array(64 * 64).fill(1));
    const packer = new MatrixPacker('columns8', 64, 64);
    packer.add(toFloat32(ones));
    const largest = Math.max(...Array.from(new Int8Array(packer.values.buffer), Math.abs));
    expect(2 * 255 * largest).toBeLessThan(2 ** 15);
  });

  test('a block keeps its largest number, whatever the sign, to the last bit', () => {
    for (const sign of [1, -1]) {
      const numbers = new Float32Array(blockSize).fill(0.01);
      numbers[5] = sign * 3;
      const packer = new MatrixPacker('blocks4', 1, blockSize);
      packer.add(numbers);
      const code = (packer.values[2] >> 4) - 8;
      expect(code * packer.scales[0]).toBe(sign * 3);
    }
  });
});

/** Root mean square of the difference, against that of what is exact. */
function relativeError({ data }: NDArray, exact: Float64Array): number {
  let [off, all] = [0, 0];
  for (const [i, value] of exact.entries()) {
    off += ((data[i] as number) - value) ** 2;
    all += value ** 2;
  }
  return Math.sqrt(off / all);
}
