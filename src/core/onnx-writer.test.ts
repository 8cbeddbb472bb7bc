/** The bytes of our own writer, read by a Protocol Buffers library that knows ONNX's definitions, and by the engine. */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { compile } from '../runtime/index.ts';
import { dim, float32, input, int64, ParameterList, type WeightSource } from './index.ts';
import { type OnnxModel, writeOnnx } from './onnx-writer.ts';
import { ProtobufWriter } from './protobuf.ts';

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer);

const model: OnnxModel = {
  opsets: { '': 21, 'com.microsoft': 1 },
  nodes: [
    {
      type: 'Gemm',
      domain: '',
      name: 'product',
      inputs: ['x', 'weight', ''],
      outputs: ['y'],
      attributes: { transB: 1, alpha: 2, axis: -1, perm: [1, 0, 5_000_000_000], mode: 'größer' },
    },
    { type: 'QuickGelu', domain: 'com.microsoft', name: 'act', inputs: ['y'], outputs: ['z'], attributes: {} },
  ],
  initializers: [
    { name: 'weight', dtype: 'float16', shape: [3, 4], data: { file: 'a.bin', offset: 2 ** 33, byteLength: 24 } },
    { name: 'bias', dtype: 'float32', shape: [2], data: bytesOf(Float32Array.of(1, -2)) },
  ],
  inputs: [{ name: 'x', dtype: 'float32', shape: [dim('b'), 4] }],
  outputs: [{ name: 'z', dtype: 'float32', shape: [dim('b'), 3] }],
};

describe('a library that has the definitions', () => {
  const bytes = writeOnnx(model);
  const read = fromBinary(ModelProtoSchema, bytes);

  test('reads what was written', () => {
    expect(read.irVersion).toBe(10n);
    expect(read.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
      ['', 21n],
      ['com.microsoft', 1n],
    ]);
    const [product, act] = read.graph!.node;
    expect([product.opType, product.domain, product.input, product.output]).toEqual([
      'Gemm',
      '',
      ['x', 'weight', ''],
      ['y'],
    ]);
    expect([act.opType, act.domain, act.name]).toEqual(['QuickGelu', 'com.microsoft', 'act']);
    const attributes = Object.fromEntries(product.attribute.map((attribute) => [attribute.name, attribute]));
    expect([attributes.transB.i, attributes.axis.i, attributes.alpha.f]).toEqual([1n, -1n, 2]);
    expect(attributes.perm.ints).toEqual([1n, 0n, 5_000_000_000n]);
    expect(new TextDecoder().decode(attributes.mode.s)).toBe('größer');
    expect(product.attribute.map(({ type }) => type)).toEqual([2, 1, 2, 7, 3]);
  });

  test('finds tensors, in the model and beside it', () => {
    const [weight, bias] = read.graph!.initializer;
    expect([weight.dims, weight.dataType, weight.dataLocation]).toEqual([[3n, 4n], 10, 1]);
    expect(weight.externalData.map(({ key, value }) => [key, value])).toEqual([
      ['location', 'a.bin'],
      ['offset', String(2 ** 33)],
      ['length', '24'],
    ]);
    expect([bias.dims, bias.dataType, bias.rawData]).toEqual([[2n], 1, bytesOf(Float32Array.of(1, -2))]);
  });

  test('writes the same bytes', () => {
    expect(Buffer.from(toBinary(ModelProtoSchema, read)).equals(bytes)).toBe(true);
  });
});

test.each([0, 1, 127, 128, 16_383, 16_384, 70_000, 200_000])('a message of %i bytes keeps its length', (size) => {
  const writer = new ProtobufWriter();
  const fill = new Uint8Array(size).fill(7);
  writer.message(7, () => writer.message(5, () => writer.bytes(9, fill)));
  const { graph: read } = fromBinary(ModelProtoSchema, writer.finish());
  expect(Buffer.from(read!.initializer[0].rawData!).equals(fill)).toBe(true);
});

test('the engine opens a lowered graph and gives its numbers', async () => {
  const x = input('x', [dim('b'), 2]);
  const y = x.matmul(new ParameterList().root.get('w', [2, 2])).add(1);
  const w: WeightSource = { kind: 'data', value: float32([2, 2], [1, 2, 3, 4]) };
  await using program = await compile({ y, at: x.argmax(-1) }, { weights: new Map([['w', w]]) });
  const results = await program.run({ x: float32([2, 2], [1, 0, 0, 1]) });
  expect([...results.y.data]).toEqual([2, 3, 4, 5]);
  expect(results.at).toEqual(int64([2], [0, 1]));
});
