/** Reading and adding at positions: gather, scatter, ranges, the largest k. */

import { int64 } from '../array.ts';
import { ShapeError } from '../errors.ts';
import { type Shape, type Size, sameShape, showShape, subtractSizes } from '../size.ts';
import { apply, applyAll, axisOf, primitive, scalarArray, type Tensor } from '../tensor.ts';

export const gatherPrimitive = primitive<{ axis: number }>({
  name: 'gather',
  shape: ([x, indices], { axis }) => ({
    dtype: x.dtype,
    shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
  }),
  grad: ({ grad, inputs: [x, indices], attributes: { axis } }) => {
    // Bring the gathered axes to the front, add rows there, and put the axis back.
    const k = indices.rank;
    const front = [...Array(k).keys()].map((i) => axis + i);
    const others = [...Array(grad.rank).keys()].filter((i) => !front.includes(i));
    const summed = scatterRows(grad.transpose([...front, ...others]), indices, x.shape[axis]);
    const back = [...Array(x.rank).keys()].map((i) => (i === axis ? 0 : i < axis ? i + 1 : i));
    return [summed.transpose(back), undefined];
  },
  onnx: ({ emit, inputs, attributes }) => emit.op('Gather', inputs, { axis: attributes.axis }),
});

/** Slices of `x` along an axis, at int64 positions of any shape, which replace that axis. */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor =>
  apply(gatherPrimitive, [x, indices], { axis: axisOf(axis, x.rank) });

export const scatterRowsPrimitive = primitive<{ rows: Size }>({
  name: 'scatterRows',
  shape: ([updates, indices], { rows }) => {
    const lead = updates.shape.slice(0, indices.shape.length);
    if (!sameShape(lead, indices.shape))
      throw new ShapeError(`updates ${showShape(updates.shape)} do not start with ${showShape(indices.shape)}`);
    return { dtype: updates.dtype, shape: [rows, ...updates.shape.slice(indices.shape.length)] };
  },
  grad: ({ grad, inputs: [, indices] }) => [gather(grad, indices), undefined],
  onnx: ({ emit, inputs: [updates, indices], node, attributes: { rows } }) => {
    const [values, at] = node.inputs;
    const zeros = emit.op('ConstantOfShape', [emit.sizes([rows, ...values.shape.slice(at.rank)])]);
    const column = emit.op('Unsqueeze', [indices, emit.sizes([-1])]);
    return emit.op('ScatterND', [zeros, column, updates], { reduction: 'add' });
  },
});

/** Zeros with `rows` rows, to which every update is added at its index; indices may repeat. */
export const scatterRows = (updates: Tensor, indices: Tensor, rows: Size): Tensor =>
  apply(scatterRowsPrimitive, [updates, indices], { rows });

export const takeAlongPrimitive = primitive<{ axis: number }>({
  name: 'takeAlong',
  shape: ([x, indices]) => ({ dtype: x.dtype, shape: indices.shape }),
  grad: ({ grad, inputs: [x, indices], attributes: { axis } }) => [
    apply(scatterAlongPrimitive, [x.mul(0), indices, grad], { axis }),
    undefined,
  ],
  onnx: ({ emit, inputs, attributes }) => emit.op('GatherElements', inputs, { axis: attributes.axis }),
});

/** One element per index along an axis: `y[i][j] = x[i][indices[i][j]]` for the last axis of a matrix. */
export const takeAlong = (x: Tensor, indices: Tensor, axis = -1): Tensor =>
  apply(takeAlongPrimitive, [x, indices], { axis: axisOf(axis, x.rank) });

export const scatterAlongPrimitive = primitive<{ axis: number }>({
  name: 'scatterAlong',
  shape: ([x]) => ({ dtype: x.dtype, shape: x.shape }),
  grad: ({ grad, inputs: [, indices], attributes: { axis } }) => [grad, undefined, takeAlong(grad, indices, axis)],
  onnx: ({ emit, inputs, attributes }) =>
    emit.op('ScatterElements', inputs, { axis: attributes.axis, reduction: 'add' }),
});

/** Adds updates to `x` at indices along an axis; the inverse of `takeAlong`. */
export const scatterAlong = (x: Tensor, indices: Tensor, updates: Tensor, axis = -1): Tensor =>
  apply(scatterAlongPrimitive, [x, indices, updates], { axis: axisOf(axis, x.rank) });

export const rangePrimitive = primitive<{ start: Size; end: Size }>({
  name: 'range',
  shape: (_, { start, end }) => ({ dtype: 'int64', shape: [subtractSizes(end, start)] }),
  grad: null,
  onnx: ({ emit, attributes: { start, end } }) => {
    const point = (size: Size) => emit.op('Squeeze', [emit.sizes([size]), emit.sizes([0])]);
    return emit.op('Range', [point(start), point(end), emit.constant(scalarArray(1, 'int64'))]);
  },
});

/** The int64 numbers from `start` to `end`, not included. */
export const range = (start: Size, end: Size): Tensor => apply(rangePrimitive, [], { start, end });

export const topKPrimitive = primitive<{ k: number; axis: number }>({
  name: 'topK',
  shape: ([x], { k, axis }) => [
    { dtype: x.dtype, shape: x.shape.with(axis, k) },
    { dtype: 'int64', shape: x.shape.with(axis, k) },
  ],
  grad: ({ grads: [grad], inputs: [x], outputs: [, indices], attributes: { axis } }) => [
    grad && scatterAlong(x.mul(0), indices, grad, axis),
  ],
  onnx: ({ emit, inputs, attributes: { k, axis } }) =>
    emit.ops('TopK', [inputs[0], emit.constant(int64([1], [k]))], { axis, largest: 1, sorted: 1 }, { outputs: 2 }),
});

/** The `k` largest values of an axis and their positions, in falling order. */
export const topK = (x: Tensor, k: number, axis = -1): readonly Tensor[] =>
  applyAll(topKPrimitive, [x], { k, axis: axisOf(axis, x.rank) });

export const filledPrimitive = primitive<{ shape: Shape; value: number }>({
  name: 'filled',
  shape: (_, { shape }) => ({ dtype: 'float32', shape }),
  grad: null,
  onnx: ({ emit, attributes: { shape, value } }) =>
    emit.op('Expand', [emit.constant(scalarArray(value, 'float32')), emit.sizes(shape)]),
});

/** A float32 tensor with one value everywhere; its sizes may be named. */
export const filled = (shape: Shape, value: number): Tensor => apply(filledPrimitive, [] as const, { shape, value });
