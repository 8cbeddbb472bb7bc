/** The operations that read like mathematics, as methods of tensors. Importing this file installs them. */
import type { DType } from './array.ts';
import * as activation from './ops/activation.ts';
import type { Operand } from './ops/elementwise.ts';
import * as elementwise from './ops/elementwise.ts';
import * as indexing from './ops/indexing.ts';
import * as layout from './ops/layout.ts';
import type { MatmulOptions } from './ops/matmul.ts';
import * as linear from './ops/matmul.ts';
import { rearrange } from './ops/rearrange.ts';
import type { Axes } from './ops/reduce.ts';
import * as reduce from './ops/reduce.ts';
import type { Shape, Size } from './size.ts';
import { apply, axisOf, type Primitive, Tensor } from './tensor.ts';

type None = Record<string, never>;
type Keep = { keep?: boolean };

const unary = (op: Primitive<None>) =>
  function (this: Tensor) {
    return apply(op, [this], {});
  };
const binary = (op: Primitive<None>) =>
  function (this: Tensor, other: Operand) {
    return apply(op, [this, elementwise.operand(other, this)], {});
  };
const reduction = (op: Parameters<typeof reduce.reduce>[0]) =>
  function (this: Tensor, axes?: Axes, options?: Keep) {
    return reduce.reduce(op, this, axes, options);
  };

const methods = {
  neg: unary(elementwise.negPrimitive),
  abs: unary(elementwise.absPrimitive),
  sign: unary(elementwise.signPrimitive),
  floor: unary(elementwise.floorPrimitive),
  ceil: unary(elementwise.ceilPrimitive),
  round: unary(elementwise.roundPrimitive),
  exp: unary(elementwise.expPrimitive),
  log: unary(elementwise.logPrimitive),
  sqrt: unary(elementwise.sqrtPrimitive),
  sin: unary(elementwise.sinPrimitive),
  cos: unary(elementwise.cosPrimitive),
  tanh: unary(elementwise.tanhPrimitive),
  sigmoid: unary(elementwise.sigmoidPrimitive),
  relu: unary(elementwise.reluPrimitive),
  softplus: unary(elementwise.softplusPrimitive),
  erf: unary(elementwise.erfPrimitive),
  not: unary(elementwise.notPrimitive),
  stopGradient: unary(elementwise.stopGradientPrimitive),
  add: binary(elementwise.addPrimitive),
  sub: binary(elementwise.subPrimitive),
  mul: binary(elementwise.mulPrimitive),
  div: binary(elementwise.divPrimitive),
  pow: binary(elementwise.powPrimitive),
  maximum: binary(elementwise.maximumPrimitive),
  minimum: binary(elementwise.minimumPrimitive),
  equal: binary(elementwise.equalPrimitive),
  less: binary(elementwise.lessPrimitive),
  lessOrEqual: binary(elementwise.lessOrEqualPrimitive),
  greater: binary(elementwise.greaterPrimitive),
  greaterOrEqual: binary(elementwise.greaterOrEqualPrimitive),
  and: binary(elementwise.andPrimitive),
  or: binary(elementwise.orPrimitive),
  sum: reduction(reduce.sumPrimitive),
  mean: reduction(reduce.meanPrimitive),
  max: reduction(reduce.maxPrimitive),
  min: reduction(reduce.minPrimitive),
  /** This tensor, of booleans, chooses between two others. */
  where(this: Tensor, a: Operand, b: Operand): Tensor {
    return elementwise.where(this, a, b);
  },
  cast(this: Tensor, to: DType): Tensor {
    return elementwise.cast(this, to);
  },
  gelu(this: Tensor, variant: activation.GeluVariant = 'erf'): Tensor {
    return apply(activation.geluPrimitives[variant], [this], {});
  },
  softmax(this: Tensor, axis = -1): Tensor {
    return activation.softmax(this, axis);
  },
  logSoftmax(this: Tensor, axis = -1): Tensor {
    return activation.logSoftmax(this, axis);
  },
  matmul(this: Tensor, other: Tensor, options?: MatmulOptions): Tensor {
    return linear.matmul(this, other, options);
  },
  argmax(this: Tensor, axis = -1): Tensor {
    return apply(reduce.argmaxPrimitive, [this], { axis: axisOf(axis, this.rank) });
  },
  cumsum(this: Tensor, axis = -1): Tensor {
    return apply(reduce.cumsumPrimitive, [this], { axis: axisOf(axis, this.rank), reverse: false });
  },
  sumTo(this: Tensor, shape: Shape): Tensor {
    return reduce.sumTo(this, shape);
  },
  reshape(this: Tensor, shape: Shape): Tensor {
    return layout.reshape(this, shape);
  },
  rearrange(this: Tensor, pattern: string, sizes?: Readonly<Record<string, Size>>): Tensor {
    return rearrange(this, pattern, sizes);
  },
  transpose(this: Tensor, order: readonly number[]): Tensor {
    return layout.transpose(this, order);
  },
  expand(this: Tensor, shape: Shape): Tensor {
    return layout.expand(this, shape);
  },
  slice(this: Tensor, axis: number, start: Size, end?: Size): Tensor {
    return layout.slice(this, axis, start, end);
  },
  split(this: Tensor, axis: number, sizes: readonly Size[]): Tensor[] {
    return layout.split(this, axis, sizes);
  },
  pad(this: Tensor, axis: number, before: Size, after: Size, value?: number): Tensor {
    return layout.pad(this, axis, before, after, value);
  },
  unsqueeze(this: Tensor, axis: number): Tensor {
    return layout.unsqueeze(this, axis);
  },
  squeeze(this: Tensor, axis: number): Tensor {
    return layout.squeeze(this, axis);
  },
  /** Slices at int64 positions of an axis. */
  gather(this: Tensor, indices: Tensor, axis?: number): Tensor {
    return indexing.gather(this, indices, axis);
  },
  takeAlong(this: Tensor, indices: Tensor, axis?: number): Tensor {
    return indexing.takeAlong(this, indices, axis);
  },
  scatterAlong(this: Tensor, indices: Tensor, updates: Tensor, axis?: number): Tensor {
    return indexing.scatterAlong(this, indices, updates, axis);
  },
};

/** The same methods as a caller sees them: without the explicit `this`. */
type Methods = typeof methods;
type Installed = { [K in keyof Methods]: OmitThisParameter<Methods[K]> };

declare module './tensor.ts' {
  interface Tensor extends Installed {}
}

for (const [name, value] of Object.entries(methods))
  Object.defineProperty(Tensor.prototype, name, { value, configurable: true });
