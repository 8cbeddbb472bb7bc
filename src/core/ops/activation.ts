/** Gelu in its three variants, softmax and log-softmax: composites that keep their identity for the engine. */
import { apply, axisOf, type Primitive, primitive, scalar, type Tensor } from '../tensor.ts';

export type GeluVariant = 'erf' | 'tanh' | 'quick';
type None = Record<string, never>;

const gelu = (name: string, onnx: Primitive<None>['onnx'], slope: (x: Tensor) => Tensor): Primitive<None> =>
  primitive<None>({
    name,
    shape: ([x]) => ({ dtype: x.dtype, shape: x.shape }),
    grad: ({ grad, inputs: [x] }) => [grad.mul(slope(x))],
    onnx,
  });

const tanhScale = Math.sqrt(2 / Math.PI);
const quickScale = 1.702;

export const geluPrimitives: Record<GeluVariant, Primitive<None>> = {
  /** x Φ(x) with the normal distribution function itself. */
  erf: gelu(
    'gelu',
    ({ emit, inputs }) => emit.op('Gelu', inputs),
    (x) => {
      const cdf = x.mul(Math.SQRT1_2).erf().mul(0.5).add(0.5);
      const density = x
        .mul(x)
        .mul(-0.5)
        .exp()
        .mul(1 / Math.sqrt(2 * Math.PI));
      return cdf.add(x.mul(density));
    },
  ),
  /** The approximation of GPT-2 (gelu_new, gelu_pytorch_tanh). */
  tanh: gelu(
    'geluTanh',
    ({ emit, inputs }) => emit.op('Gelu', inputs, { approximate: 'tanh' }),
    (x) => {
      const square = x.mul(x);
      const t = x.mul(square.mul(0.044715).add(1)).mul(tanhScale).tanh();
      const inner = square
        .mul(3 * 0.044715)
        .add(1)
        .mul(tanhScale);
      const decay = scalar(1).sub(t.mul(t));
      return t.mul(0.5).add(0.5).add(x.mul(decay).mul(inner).mul(0.5));
    },
  ),
  /** x σ(1.702 x), used by OpenAI's CLIP. */
  quick: gelu(
    'geluQuick',
    ({ emit, inputs }) => emit.op('QuickGelu', inputs, { alpha: quickScale }, { domain: 'com.microsoft' }),
    (x) => {
      const gate = x.mul(quickScale).sigmoid();
      return gate.mul(scalar(1).add(x.mul(quickScale).mul(scalar(1).sub(gate))));
    },
  ),
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
