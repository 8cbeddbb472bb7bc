/** Moving numbers without changing them: reshape, transpose, expand, concatenate, slice, pad. */
import { int64 } from '../array.ts';
import { ShapeError } from '../errors.ts';
import {
  addSizes,
  divideSizes,
  productOf,
  type Shape,
  type Size,
  sameShape,
  sameSize,
  showShape,
  subtractSizes,
} from '../size.ts';
import {
  type Attributes,
  apply,
  axisOf,
  type Emitter,
  type Node,
  nodeOf,
  type Primitive,
  primitive,
  scalarArray,
  type Tensor,
} from '../tensor.ts';

/** Target of a Reshape node: one unknown is inferred (-1); of several, those that stay in place are copied (0). */
export function reshapeTarget(emit: Emitter, from: Shape, to: Shape): string {
  const isNamed = (s: Size) => typeof s !== 'number';
  const copied = to.map((s, i) => (isNamed(s) && i < from.length && sameSize(s, from[i]) ? 0 : s));
  const target = to.filter(isNamed).length > 1 ? copied : to;
  if (target.filter(isNamed).length > 1 || to.includes(0)) return emit.sizes(to);
  return emit.sizes(target.map((s) => (typeof s === 'number' ? s : -1)));
}

/**
 * The same numbers, but not before `gate` is there: no copy, and to the engine another value. A new axis whose place is known
 * only when the graph runs is what the engine cannot see through; it does see through shapes.
 */
export function heldBack(emit: Emitter, value: string, shape: Shape, gate: string): string {
  const place = emit.op('Mul', [emit.op('Size', [gate]), emit.constant(int64([1], [0]))]);
  return emit.op('Reshape', [emit.op('Unsqueeze', [value, place]), reshapeTarget(emit, [1, ...shape], shape)]);
}

/** The node that makes `x`, if it applies this primitive. */
function before<A extends Attributes>(x: Tensor, op: Primitive<A>): Node<A> | undefined {
  const node = nodeOf(x) as Node<A> | undefined;
  return node?.primitive === op ? node : undefined;
}

export const reshapePrimitive = primitive<{ shape: Shape }>({
  name: 'reshape',
  shape: ([x], { shape }) => {
    if (!sameSize(productOf(x.shape), productOf(shape)))
      throw new ShapeError(`${showShape(x.shape)} does not hold as many elements as ${showShape(shape)}`);
    return { dtype: x.dtype, shape };
  },
  grad: ({ grad, inputs: [x] }) => [grad.reshape(x.shape)],
  onnx: ({ emit, inputs, node, attributes }) =>
    emit.op('Reshape', [inputs[0], reshapeTarget(emit, node.inputs[0].shape, attributes.shape)]),
});

/** One size may be -1: it is what the others leave. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const hole = shape.indexOf(-1);
  if (hole < 0) {
    // Of two in a row the first does nothing, and going back is no step at all.
    const start = before(x, reshapePrimitive)?.inputs[0] ?? x;
    return sameShape(start.shape, shape) ? start : apply(reshapePrimitive, [start], { shape: [...shape] });
  }
  const rest = divideSizes(productOf(x.shape), productOf(shape.filter((_, i) => i !== hole)));
  if (rest === undefined) throw new ShapeError(`${showShape(x.shape)} does not fill ${showShape(shape)}`);
  return reshape(x, shape.with(hole, rest));
}

export const transposePrimitive = primitive<{ order: readonly number[] }>({
  name: 'transpose',
  shape: ([x], { order }) => {
    if ([...order].sort((a, b) => a - b).some((axis, i) => axis !== i) || order.length !== x.shape.length)
      throw new ShapeError(`[${order}] is no order of ${x.shape.length} axes`);
    return { dtype: x.dtype, shape: order.map((axis) => x.shape[axis]) };
  },
  grad: ({ grad, attributes: { order } }) => [grad.transpose(order.map((_, i) => order.indexOf(i)))],
  onnx: ({ emit, inputs, attributes }) => emit.op('Transpose', inputs, { perm: attributes.order }),
});

export function transpose(x: Tensor, order: readonly number[]): Tensor {
  const first = before(x, transposePrimitive);
  if (first)
    return transpose(
      first.inputs[0],
      order.map((axis) => first.attributes.order[axis]),
    );
  return order.every((axis, i) => axis === i) ? x : apply(transposePrimitive, [x], { order: [...order] });
}

export const expandPrimitive = primitive<{ shape: Shape }>({
  name: 'expand',
  shape: ([x], { shape }) => {
    const extra = shape.length - x.shape.length;
    if (extra < 0 || x.shape.some((s, i) => s !== 1 && !sameSize(s, shape[i + extra])))
      throw new ShapeError(`${showShape(x.shape)} does not expand to ${showShape(shape)}`);
    return { dtype: x.dtype, shape };
  },
  grad: ({ grad, inputs: [x] }) => [grad.sumTo(x.shape)],
  onnx: ({ emit, inputs, attributes }) => emit.op('Expand', [inputs[0], emit.sizes(attributes.shape)]),
});

export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply(expandPrimitive, [x], { shape: [...shape] });

export const concatPrimitive = primitive<{ axis: number }>({
  name: 'concat',
  shape: (inputs, { axis }) => {
    const [first] = inputs;
    for (const x of inputs) {
      const fits =
        x.shape.length === first.shape.length && x.shape.every((s, i) => i === axis || sameSize(s, first.shape[i]));
      if (!fits || x.dtype !== first.dtype) throw new ShapeError(`the tensors differ outside axis ${axis}`);
    }
    return { dtype: first.dtype, shape: first.shape.with(axis, inputs.map((x) => x.shape[axis]).reduce(addSizes, 0)) };
  },
  grad: ({ grad, inputs, attributes: { axis } }) => {
    let start: Size = 0;
    return inputs.map((x) => {
      const end = addSizes(start, x.shape[axis]);
      const part = slice(grad, axis, start, end);
      start = end;
      return part;
    });
  },
  onnx: ({ emit, inputs, attributes }) => emit.op('Concat', inputs, { axis: attributes.axis }),
});

export function concat(parts: readonly Tensor[], axis: number): Tensor {
  return parts.length === 1 ? parts[0] : apply(concatPrimitive, parts, { axis: axisOf(axis, parts[0].rank) });
}

export const slicePrimitive = primitive<{ axis: number; start: Size; end: Size }>({
  name: 'slice',
  shape: ([x], { axis, start, end }) => ({ dtype: x.dtype, shape: x.shape.with(axis, subtractSizes(end, start)) }),
  grad: ({ grad, inputs: [x], attributes: { axis, start, end } }) => [
    pad(grad, axis, start, subtractSizes(x.shape[axis], end)),
  ],
  onnx: ({ emit, inputs, attributes: { axis, start, end } }) =>
    emit.op('Slice', [inputs[0], emit.sizes([start]), emit.sizes([end]), emit.sizes([axis])]),
});

/** Elements `start` to `end` (not included) of an axis; a negative number counts from the end. */
export function slice(x: Tensor, axis: number, start: Size, end: Size = x.size(axis)): Tensor {
  const at = axisOf(axis, x.rank);
  const size = x.shape[at];
  const front = (s: Size) => (typeof s === 'number' && s < 0 ? addSizes(size, s) : s);
  const [from, to] = [front(start), front(end)];
  if (from === 0 && sameSize(to, size)) return x;
  if (typeof from === 'number' && typeof to === 'number' && (from > to || (typeof size === 'number' && to > size)))
    throw new ShapeError(`slice [${from}, ${to}) is outside axis ${at} of ${showShape(x.shape)}`);
  return apply(slicePrimitive, [x], { axis: at, start: from, end: to });
}

export const padPrimitive = primitive<{ axis: number; before: Size; after: Size; value: number }>({
  name: 'pad',
  shape: ([x], { axis, before, after }) => ({
    dtype: x.dtype,
    shape: x.shape.with(axis, addSizes(addSizes(before, x.shape[axis]), after)),
  }),
  grad: ({ grad, inputs: [x], attributes: { axis, before } }) => [
    slice(grad, axis, before, addSizes(before, x.shape[axis])),
  ],
  onnx: ({ emit, inputs, node, attributes: { axis, before, after, value } }) =>
    emit.op('Pad', [
      inputs[0],
      emit.sizes([before, after]),
      emit.constant(scalarArray(value, node.inputs[0].dtype)),
      emit.sizes([axis]),
    ]),
});

/** Adds constant elements before and after an axis. */
export const pad = (x: Tensor, axis: number, before: Size, after: Size, value = 0): Tensor =>
  before === 0 && after === 0 ? x : apply(padPrimitive, [x], { axis: axisOf(axis, x.rank), before, after, value });

/** Adds an axis of size 1. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = axis < 0 ? axis + x.rank + 1 : axis;
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** Drops an axis of size 1. */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = axisOf(axis, x.rank);
  if (x.shape[at] !== 1) throw new ShapeError(`axis ${axis} of ${showShape(x.shape)} is not of size 1`);
  return reshape(
    x,
    x.shape.filter((_, i) => i !== at),
  );
}

/** Cuts an axis into pieces of the given sizes. */
export function split(x: Tensor, axis: number, sizes: readonly Size[]): Tensor[] {
  let start: Size = 0;
  return sizes.map((size) => {
    const from = start;
    start = addSizes(start, size);
    return slice(x, axis, from, start);
  });
}
