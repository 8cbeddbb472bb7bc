/**
 * An ONNX model as plain data, and its bytes. The numbers of fields and enumerations are those of ONNX's onnx.proto
 * (IR version 10); they stand here once, beside the fields that are written.
 */
import type { DType } from './array.ts';
import { ProtobufWriter } from './protobuf.ts';
import type { Shape } from './size.ts';

/** ONNX's numbers for element types, also as values of the attribute `to` of a Cast. */
export const onnxTypes: Record<DType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

export type OnnxAttribute = number | string | readonly number[];

/** ONNX tells 1 from 1.0, which JavaScript does not: attributes of these names are floats in every operator used here. */
const floatAttributes = new Set(['alpha', 'beta', 'epsilon', 'scale']);

export interface OnnxNode {
  readonly type: string;
  /** Empty for standard operators. */
  readonly domain: string;
  readonly name: string;
  /** An empty name is an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A tensor of the model: its bytes, or where they lie in a file beside it. */
export interface OnnxTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Uint8Array | { readonly file: string; readonly offset: number; readonly byteLength: number };
}

/** What goes in or comes out. Sizes that are no numbers are named by their printed form. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface OnnxModel {
  /** Versions of operator sets by domain. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const irVersion = 10;
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;
const externalLocation = 1;

/** The bytes of an .onnx file. */
export function writeOnnx({ opsets, nodes, initializers, inputs, outputs }: OnnxModel): Uint8Array {
  const to = new ProtobufWriter();
  to.integer(1, irVersion);
  to.string(2, 'sightread');
  to.message(7, () => {
    for (const node of nodes) to.message(1, () => writeNode(to, node));
    to.string(2, 'sightread');
    for (const tensor of initializers) to.message(5, () => writeTensor(to, tensor));
    for (const value of inputs) to.message(11, () => writeValue(to, value));
    for (const value of outputs) to.message(12, () => writeValue(to, value));
  });
  for (const [domain, version] of Object.entries(opsets))
    to.message(8, () => {
      to.string(1, domain);
      to.integer(2, version);
    });
  return to.finish();
}

function writeNode(to: ProtobufWriter, { type, domain, name, inputs, outputs, attributes }: OnnxNode): void {
  for (const input of inputs) to.string(1, input);
  for (const output of outputs) to.string(2, output);
  to.string(3, name);
  to.string(4, type);
  for (const [key, value] of Object.entries(attributes)) to.message(5, () => writeAttribute(to, key, value));
  if (domain) to.string(7, domain);
}

function writeAttribute(to: ProtobufWriter, name: string, value: OnnxAttribute): void {
  to.string(1, name);
  if (typeof value === 'string') {
    to.string(4, value);
    to.integer(20, attributeTypes.string);
  } else if (typeof value === 'number' && floatAttributes.has(name)) {
    to.float(2, value);
    to.integer(20, attributeTypes.float);
  } else if (typeof value === 'number') {
    to.integer(3, value);
    to.integer(20, attributeTypes.int);
  } else {
    for (const item of value) to.integer(8, item);
    to.integer(20, attributeTypes.ints);
  }
}

function writeTensor(to: ProtobufWriter, { name, dtype, shape, data }: OnnxTensor): void {
  for (const size of shape) to.integer(1, size);
  to.integer(2, onnxTypes[dtype]);
  to.string(8, name);
  if (data instanceof Uint8Array) {
    to.bytes(9, data);
    return;
  }
  const place = { location: data.file, offset: data.offset, length: data.byteLength };
  for (const [key, value] of Object.entries(place))
    to.message(13, () => {
      to.string(1, key);
      to.string(2, String(value));
    });
  to.integer(14, externalLocation);
}

function writeValue(to: ProtobufWriter, { name, dtype, shape }: OnnxValue): void {
  to.string(1, name);
  to.message(2, () =>
    to.message(1, () => {
      to.integer(1, onnxTypes[dtype]);
      to.message(2, () => {
        for (const size of shape)
          to.message(1, () => (typeof size === 'number' ? to.integer(1, size) : to.string(2, size.key)));
      });
    }),
  );
}
