/** Element-wise arithmetic, comparisons and choices, under NumPy's broadcasting rule. */
import type { DType } from '../array.ts';
import { ShapeError } from '../errors.ts';
import { onnxTypes } from '../onnx-writer.ts';
import { broadcastShapes } from '../size.ts';
import { apply, type GradientCall, type Primitive, primitive, type Spec, scalar, Tensor } from '../tensor.ts';

export type Operand = Tensor | number;

type None = Record<string, never>;
type UnaryGradient = (g: Tensor, x: Tensor, y: Tensor) => Tensor;

/** A function of one number; its gradient may use the argument or the result. */
function unary(name: string, onnx: string, gradient: UnaryGradient | null): Primitive<None> {
  return primitive<None>({
    name,
    shape: ([x]) => ({ dtype: x.dtype, shape: x.shape }),
    grad: gradient && (({ grad, inputs: [x], outputs: [y] }) => [gradient(grad, x, y)]),
    onnx: ({ emit, inputs }) => emit.op(onnx, inputs),
  });
}

function sameDtype(a: Spec, b: Spec): DType {
  if (a.dtype !== b.dtype) throw new ShapeError(`dtypes ${a.dtype} and ${b.dtype} differ; cast one of them`);
  return a.dtype;
}

type BinaryGradient = (call: GradientCall<None>) => [Tensor, Tensor];

/** A function of two numbers; the rule gives unreduced gradients, which are summed over broadcast axes here. */
function binary(name: string, onnx: string, gradient: BinaryGradient): Primitive<None> {
  return primitive<None>({
    name,
    shape: ([a, b]) => ({ dtype: sameDtype(a, b), shape: broadcastShapes(a.shape, b.shape) }),
    grad: (call) => gradient(call).map((g, i) => g.sumTo(call.inputs[i].shape)),
    onnx: ({ emit, inputs }) => emit.op(onnx, inputs),
  });
}

function comparison(name: string, onnx: string): Primitive<None> {
  return primitive<None>({
    name,
    shape: ([a, b]) => {
      sameDtype(a, b);
      return { dtype: 'bool', shape: broadcastShapes(a.shape, b.shape) };
    },
    grad: null,
    onnx: ({ emit, inputs }) => emit.op(onnx, inputs),
  });
}

export const negPrimitive = unary('neg', 'Neg', (g) => g.neg());
export const absPrimitive = unary('abs', 'Abs', (g, x) => g.mul(x.sign()));
export const signPrimitive = unary('sign', 'Sign', null);
export const floorPrimitive = unary('floor', 'Floor', null);
export const ceilPrimitive = unary('ceil', 'Ceil', null);
export const roundPrimitive = unary('round', 'Round', null);
export const expPrimitive = unary('exp', 'Exp', (g, _, y) => g.mul(y));
export const logPrimitive = unary('log', 'Log', (g, x) => g.div(x));
export const sqrtPrimitive = unary('sqrt', 'Sqrt', (g, _, y) => g.div(y.mul(2)));
export const sinPrimitive = unary('sin', 'Sin', (g, x) => g.mul(x.cos()));
export const cosPrimitive = unary('cos', 'Cos', (g, x) => g.mul(x.sin()).neg());
export const tanhPrimitive = unary('tanh', 'Tanh', (g, _, y) => g.mul(scalar(1).sub(y.mul(y))));
export const sigmoidPrimitive = unary('sigmoid', 'Sigmoid', (g, _, y) => g.mul(y).mul(scalar(1).sub(y)));
export const reluPrimitive = unary('relu', 'Relu', (g, _, y) => g.mul(y.greater(0).cast(g.dtype)));
export const softplusPrimitive = unary('softplus', 'Softplus', (g, x) => g.mul(x.sigmoid()));
export const erfPrimitive = unary('erf', 'Erf', (g, x) => g.mul(x.mul(x).neg().exp()).mul(2 / Math.sqrt(Math.PI)));
export const notPrimitive = unary('not', 'Not', null);

export const addPrimitive = binary('add', 'Add', ({ grad }) => [grad, grad]);
export const subPrimitive = binary('sub', 'Sub', ({ grad }) => [grad, grad.neg()]);
export const mulPrimitive = binary('mul', 'Mul', ({ grad, inputs: [a, b] }) => [grad.mul(b), grad.mul(a)]);
export const divPrimitive = binary('div', 'Div', ({ grad, inputs: [, b], outputs: [y] }) => [
  grad.div(b),
  grad.mul(y).div(b).neg(),
]);
export const powPrimitive = binary('pow', 'Pow', ({ grad, inputs: [a, b], outputs: [y] }) => [
  grad.mul(b).mul(a.pow(b.sub(1))),
  // The logarithm is only taken where the base is positive; elsewhere the exponent has no gradient.
  grad.mul(y).mul(a.greater(0).where(a, 1).log()),
]);
/** At a tie each side gets half, so that the two gradients always add up to the incoming one. */
const winner = (a: Tensor, b: Tensor, dtype: DType) => a.greater(b).cast(dtype).add(a.equal(b).cast(dtype).mul(0.5));
export const maximumPrimitive = binary('maximum', 'Max', ({ grad, inputs: [a, b] }) => [
  grad.mul(winner(a, b, grad.dtype)),
  grad.mul(winner(b, a, grad.dtype)),
]);
export const minimumPrimitive = binary('minimum', 'Min', ({ grad, inputs: [a, b] }) => [
  grad.mul(winner(b, a, grad.dtype)),
  grad.mul(winner(a, b, grad.dtype)),
]);

export const equalPrimitive = comparison('equal', 'Equal');
export const lessPrimitive = comparison('less', 'Less');
export const lessOrEqualPrimitive = comparison('lessOrEqual', 'LessOrEqual');
export const greaterPrimitive = comparison('greater', 'Greater');
export const greaterOrEqualPrimitive = comparison('greaterOrEqual', 'GreaterOrEqual');
export const andPrimitive = comparison('and', 'And');
export const orPrimitive = comparison('or', 'Or');

export const wherePrimitive = primitive<None>({
  name: 'where',
  shape: ([condition, a, b]) => ({
    dtype: sameDtype(a, b),
    shape: broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape)),
  }),
  grad: ({ grad, inputs: [condition, a, b] }) => [
    undefined,
    condition.where(grad, 0).sumTo(a.shape),
    condition.where(0, grad).sumTo(b.shape),
  ],
  onnx: ({ emit, inputs }) => emit.op('Where', inputs),
});

export const castPrimitive = primitive<{ to: DType }>({
  name: 'cast',
  shape: ([x], { to }) => ({ dtype: to, shape: x.shape }),
  grad: ({ grad, inputs: [x] }) => [x.dtype.includes('float') ? grad.cast(x.dtype) : undefined],
  onnx: ({ emit, inputs, attributes }) => emit.op('Cast', inputs, { to: onnxTypes[attributes.to] }),
});

/** The same numbers, cut off from the gradient. */
export const stopGradientPrimitive = primitive<None>({
  name: 'stopGradient',
  shape: ([x]) => ({ dtype: x.dtype, shape: x.shape }),
  grad: null,
  onnx: ({ inputs }) => inputs[0],
});

/** A number beside a tensor takes the tensor's dtype. */
export const operand = (value: Operand, like: Tensor): Tensor =>
  value instanceof Tensor ? value : scalar(value, like.dtype);

export const where = (condition: Tensor, a: Operand, b: Operand): Tensor => {
  const like = a instanceof Tensor ? a : b instanceof Tensor ? b : scalar(0);
  return apply(wherePrimitive, [condition, operand(a, like), operand(b, like)], {});
};

export const cast = (x: Tensor, to: DType): Tensor => (x.dtype === to ? x : apply(castPrimitive, [x], { to }));
