/** Gelu in its three variants, softmax and log-softmax: composites that keep their identity for the engine. */
import { apply, axisOf, type Emitter, type Primitive, primitive, scalar, scalarArray, type Tensor } from '../tensor.ts';

export type GeluVariant = 'erf' | 'tanh' | 'quick';
type None = Record<string, never>;

interface Gelu {
  /** The engine's operator for all of it. */
  fused: (emit: Emitter, x: string) => string;
  /** The part of the function that its slope needs too, and the function from it. */
  part: (f: Arithmetic, x: string) => string;
  rest: (f: Arithmetic, x: string, part: string) => string;
  slope: (x: Tensor, part: Tensor) => Tensor;
}

/**
 * The second output is the part that the slope needs. It exists only for the gradient, and asking for it makes the
 * lowering spell the steps out, so that training does not compute the costly part twice.
 */
const gelu = (name: string, { fused, part, rest, slope }: Gelu): Primitive<None> =>
  primitive<None>({
    name,
    shape: ([{ dtype, shape }]) => [
      { dtype, shape },
      { dtype, shape },
    ],
    grad: ({ grad, inputs: [x], outputs: [, inner] }) => [grad.mul(slope(x, inner))],
    onnx: ({ emit, inputs: [x], used }) => {
      if (!used[1]) return [fused(emit, x)];
      const f = arithmetic(emit);
      const inner = part(f, x);
      return [rest(f, x, inner), inner];
    },
  });

type Arithmetic = ReturnType<typeof arithmetic>;

/** Element-wise steps on emitted values and numbers. */
function arithmetic(emit: Emitter) {
  const name = (x: string | number) => (typeof x === 'string' ? x : emit.constant(scalarArray(x, 'float32')));
  const step = (type: string) => (a: string | number, b: string | number) => emit.op(type, [name(a), name(b)]);
  const of = (type: string) => (x: string) => emit.op(type, [x]);
  return { add: step('Add'), mul: step('Mul'), erf: of('Erf'), tanh: of('Tanh'), sigmoid: of('Sigmoid') };
}

const tanhScale = Math.sqrt(2 / Math.PI);
const quickScale = 1.702;

export const geluPrimitives: Record<GeluVariant, Primitive<None>> = {
  /** x Φ(x) with the normal distribution function itself. */
  erf: gelu('gelu', {
    fused: (emit, x) => emit.op('Gelu', [x]),
    part: (f, x) => f.add(f.mul(f.erf(f.mul(x, Math.SQRT1_2)), 0.5), 0.5),
    rest: (f, x, cdf) => f.mul(x, cdf),
    slope: (x, cdf) => {
      // x φ(x) = u exp(-u² - ln(π) / 2) with u = x / √2, which the function computes too.
      const u = x.mul(Math.SQRT1_2);
      const density = scalar(-Math.log(Math.PI) / 2).sub(u.mul(u));
      return cdf.add(u.mul(density.exp()));
    },
  }),
  /** The approximation of GPT-2 (gelu_new, gelu_pytorch_tanh). */
  tanh: gelu('geluTanh', {
    fused: (emit, x) => emit.op('Gelu', [x], { approximate: 'tanh' }),
    part: (f, x) => f.tanh(f.mul(x, f.add(f.mul(f.mul(x, x), 0.044715 * tanhScale), tanhScale))),
    rest: (f, x, t) => f.mul(f.mul(x, 0.5), f.add(t, 1)),
    slope: (x, t) => {
      const inner = x
        .mul(x)
        .mul(3 * 0.044715 * tanhScale)
        .add(tanhScale);
      // The half of 1 + t + x (1 - t²) inner
      return t
        .add(1)
        .add(x.mul(scalar(1).sub(t.mul(t))).mul(inner))
        .mul(0.5);
    },
  }),
  /** x σ(1.702 x), used by OpenAI's CLIP. */
  quick: gelu('geluQuick', {
    fused: (emit, x) => emit.op('QuickGelu', [x], { alpha: quickScale }, { domain: 'com.microsoft' }),
    part: (f, x) => f.sigmoid(f.mul(x, quickScale)),
    rest: (f, x, gate) => f.mul(x, gate),
    slope: (x, gate) => gate.mul(x.mul(quickScale).mul(scalar(1).sub(gate)).add(1)),
  }),
};

export const softmaxPrimitive = primitive<{ axis: number }>({
  name: 'softmax',
  shape: ([x]) => ({ dtype: x.dtype, shape: x.shape }),
  grad: ({ grad, outputs: [y], attributes: { axis } }) => {
    const weighted = grad.mul(y);
    return [weighted.sub(y.mul(weighted.sum(axis, { keep: true })))];
  },
  onnx: ({ emit, inputs, attributes }) => emit.op('Softmax', inputs, { axis: attributes.axis }),
});

export const logSoftmaxPrimitive = primitive<{ axis: number }>({
  name: 'logSoftmax',
  shape: ([x]) => ({ dtype: x.dtype, shape: x.shape }),
  grad: ({ grad, outputs: [y], attributes: { axis } }) => [grad.sub(y.exp().mul(grad.sum(axis, { keep: true })))],
  onnx: ({ emit, inputs, attributes }) => emit.op('LogSoftmax', inputs, { axis: attributes.axis }),
});

export const softmax = (x: Tensor, axis = -1): Tensor => apply(softmaxPrimitive, [x], { axis: axisOf(axis, x.rank) });
export const logSoftmax = (x: Tensor, axis = -1): Tensor =>
  apply(logSoftmaxPrimitive, [x], { axis: axisOf(axis, x.rank) });
