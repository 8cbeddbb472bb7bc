/** Reductions over axes, and cumulative sums. */

import { int64 } from '../array.ts';
import { ShapeError } from '../errors.ts';
import { type Shape, sameShape, showShape } from '../size.ts';
import { apply, axisOf, type Primitive, primitive, type Spec, type Tensor } from '../tensor.ts';

export type Axes = number | readonly number[];
type ReduceAttributes = { axes: readonly number[]; keep: boolean };

const reducedShape = ({ shape }: Spec, { axes, keep }: ReduceAttributes): Shape =>
  keep ? shape.map((s, i) => (axes.includes(i) ? 1 : s)) : shape.filter((_, i) => !axes.includes(i));

type ReduceGradient = (g: Tensor, x: Tensor, y: Tensor) => Tensor;

/** The rule sees the gradient and the result with the reduced axes kept, so both broadcast against the argument. */
function reduction(name: string, onnx: string, gradient: ReduceGradient): Primitive<ReduceAttributes> {
  return primitive<ReduceAttributes>({
    name,
    shape: ([x], attributes) => ({ dtype: x.dtype, shape: reducedShape(x, attributes) }),
    grad: ({ grad, inputs: [x], outputs: [y], attributes }) => {
      const kept = reducedShape(x, { ...attributes, keep: true });
      return [gradient(grad.reshape(kept), x, y.reshape(kept))];
    },
    onnx: ({ emit, inputs, attributes: { axes, keep } }) =>
      emit.op(onnx, [inputs[0], emit.sizes(axes)], { keepdims: keep ? 1 : 0 }),
  });
}

/** Several equal extremes share the gradient. */
const atExtreme: ReduceGradient = (g, x, y) => {
  const hit = x.equal(y).cast(g.dtype);
  const axes = x.shape.flatMap((s, i) => (s !== y.shape[i] && y.shape[i] === 1 ? [i] : []));
  return hit.mul(g).div(hit.sum(axes, { keep: true }));
};

export const sumPrimitive = reduction('sum', 'ReduceSum', (g, x) => g.expand(x.shape));
export const meanPrimitive = reduction('mean', 'ReduceMean', (g, x, y) => {
  const sizes = x.shape.map((s, i) => (y.shape[i] === 1 ? s : 1));
  return g.div(countOf(sizes)).expand(x.shape);
});
export const maxPrimitive = reduction('max', 'ReduceMax', atExtreme);
export const minPrimitive = reduction('min', 'ReduceMin', atExtreme);

/** The product of sizes as a float32 tensor with no axes, for divisors that are known only when the graph runs. */
export const sizeValuePrimitive = primitive<{ sizes: Shape }>({
  name: 'sizeValue',
  shape: () => ({ dtype: 'float32', shape: [] }),
  grad: null,
  onnx: ({ emit, attributes }) =>
    emit.op('Cast', [emit.op('ReduceProd', [emit.sizes(attributes.sizes)], { keepdims: 0 })], { to: 1 }),
});

export const countOf = (sizes: Shape): Tensor | number =>
  sizes.every((s) => typeof s === 'number')
    ? (sizes as number[]).reduce((a, b) => a * b, 1)
    : apply(sizeValuePrimitive, [], { sizes });

export function reduce(op: Primitive<ReduceAttributes>, x: Tensor, axes?: Axes, { keep = false } = {}): Tensor {
  const list = axes === undefined ? x.shape.map((_, i) => i) : [axes].flat().map((a) => axisOf(a, x.rank));
  if (list.length === 0) return x;
  return apply(op, [x], { axes: [...list].sort((a, b) => a - b), keep });
}

/** Undoes broadcasting: sums until the shape is the one asked for. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.rank - shape.length;
  if (extra < 0) throw new ShapeError(`cannot sum ${showShape(x.shape)} to ${showShape(shape)}`);
  const axes = x.shape.flatMap((s, i) => (i < extra || (shape[i - extra] === 1 && s !== 1) ? [i] : []));
  return reduce(sumPrimitive, x, axes, { keep: true }).reshape(shape);
}

export const cumsumPrimitive: Primitive<{ axis: number; reverse: boolean }> = primitive({
  name: 'cumsum',
  shape: ([x]) => ({ dtype: x.dtype, shape: x.shape }),
  grad: ({ grad, attributes: { axis, reverse } }) => [apply(cumsumPrimitive, [grad], { axis, reverse: !reverse })],
  onnx: ({ emit, inputs, attributes: { axis, reverse } }) =>
    emit.op('CumSum', [inputs[0], emit.constant(int64([], [axis]))], { reverse: reverse ? 1 : 0 }),
});

/** Index of the largest value; the first one wins a tie. */
export const argmaxPrimitive = primitive<{ axis: number }>({
  name: 'argmax',
  shape: ([x], { axis }) => ({ dtype: 'int64', shape: x.shape.filter((_, i) => i !== axis) }),
  grad: null,
  onnx: ({ emit, inputs, attributes: { axis } }) => emit.op('ArgMax', inputs, { axis, keepdims: 0 }),
});
