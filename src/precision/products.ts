/** Products with packed weights, as primitives that no model calls: a pass over the graph puts them in (pass.ts). */
import { ShapeError } from '../core/index.ts';
import { linearPrimitive } from '../core/ops/matmul.ts';
import { apply, applyAll, type Node, type Primitive, primitive, type Tensor } from '../core/tensor.ts';
import { blockSize } from './pack.ts';

/** Whether a node is the layer that packed products stand in for. */
export const isLinear = ({ primitive: one }: Node): boolean => one === (linearPrimitive as Primitive);

const contrib = { domain: 'com.microsoft' };

/** x → unsigned bytes, their scale and their zero, from the range of all of x as it comes. */
const roundPrimitive: Primitive = primitive({
  name: 'roundTo8Bits',
  shape: ([x]) => [
    { dtype: 'uint8', shape: x.shape },
    { dtype: 'float32', shape: [] },
    { dtype: 'uint8', shape: [] },
  ],
  grad: null,
  onnx: ({ emit, inputs }) => emit.ops('DynamicQuantizeLinear', inputs, {}, { outputs: 3 }),
});

/** Rounded rows [..., in], their scale and zero, weights int8 [in, out], scales [out], bias [out] → [..., out]. */
const columnsPrimitive: Primitive = primitive({
  name: 'linearColumns8',
  shape: ([rows, , , values]) => ({ dtype: 'float32', shape: [...rows.shape.slice(0, -1), values.shape[1]] }),
  grad: null,
  onnx: ({ emit, inputs: [rows, scale, zero, values, scales, bias] }) => {
    const inputs = [rows, values, scale, scales, zero, '', bias ?? ''];
    return emit.op('MatMulIntegerToFloat', bias ? inputs : inputs.slice(0, 5), {}, contrib);
  },
});

/** x [..., in], weights uint8 [out, in / 32, bytes of a block], scales [out · in / 32], bias [out] → [..., out]. */
const blocksPrimitive: Primitive<{ bits: number }> = primitive({
  name: 'linearBlocks',
  shape: ([x, values]) => ({ dtype: 'float32', shape: [...x.shape.slice(0, -1), values.shape[0]] }),
  grad: null,
  onnx: ({ emit, inputs: [x, values, scales, bias], node, attributes: { bits } }) => {
    const [rows, weight] = node.inputs;
    // Accuracy level 4 rounds each row to 8 bits, block by block: the only level that is fast for one token.
    const sizes = { K: rows.width, N: weight.shape[0], bits, block_size: blockSize, accuracy_level: 4 };
    const inputs = [x, values, scales, '', '', bias ?? ''];
    return emit.op('MatMulNBits', bias ? inputs : inputs.slice(0, 3), sizes, contrib);
  },
});

/** A product of several tensors with the same x rounds it once. */
export type Rounded = readonly [rows: Tensor, scale: Tensor, zero: Tensor];
export const roundTo8Bits = (x: Tensor): Rounded => applyAll(roundPrimitive, [x], {}) as unknown as Rounded;

export interface PackedOperands {
  values: Tensor;
  scales: Tensor;
  bias?: Tensor;
}

export const linearColumns8 = (rounded: Rounded, { values, scales, bias }: PackedOperands): Tensor =>
  apply(columnsPrimitive, [...rounded, values, scales, ...(bias ? [bias] : [])], {});

export function linearBlocks(x: Tensor, { values, scales, bias }: PackedOperands, bits: 4 | 8): Tensor {
  if (x.width % blockSize) throw new ShapeError(`rows of ${x.width} are no whole blocks of ${blockSize}`);
  return apply(blocksPrimitive, [x, values, scales, ...(bias ? [bias] : [])], { bits });
}
