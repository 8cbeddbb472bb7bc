/**
 * Convolution over 1, 2 or 3 spatial axes, with groups, strides, padding and dilation.
 *
 * Three primitives close the set: the convolution, its transpose (the gradient of the input) and the gradient of the
 * kernel. Each is linear in both arguments, so their own gradients are again these three.
 */
import { ShapeError } from '../errors.ts';
import { multiplySizes, productOf, type Shape, type Size, showShape } from '../size.ts';
import { apply, type Emitter, type LoweringCall, type Primitive, primitive, type Tensor } from '../tensor.ts';

type ConvAttributes = {
  strides: readonly number[];
  /** Begin and end of every axis, as ONNX orders them: all begins, then all ends. */
  pads: readonly number[];
  dilations: readonly number[];
  groups: number;
};

function spatial(shape: Shape): number[] {
  const sizes = shape.slice(2);
  if (!sizes.every((s) => typeof s === 'number'))
    throw new ShapeError('spatial sizes must be numbers in a convolution');
  return sizes as number[];
}

const outputSizes = (size: number[], kernel: number[], { strides, pads, dilations }: ConvAttributes) =>
  size.map((s, i) => {
    const room = s + pads[i] + pads[i + size.length] - dilations[i] * (kernel[i] - 1) - 1;
    if (room < 0) throw new ShapeError(`a kernel of ${kernel[i]} does not fit in ${s} positions`);
    return Math.floor(room / strides[i]) + 1;
  });

const onnxAttributes = ({ strides, pads, dilations, groups }: ConvAttributes) => ({
  strides,
  pads,
  dilations,
  group: groups,
});
const convFlops = (output: Shape, kernel: Shape): Size =>
  multiplySizes(2, multiplySizes(productOf(output), productOf(kernel.slice(1))));

/** x [b, c, …], kernel [o, c / groups, …] → [b, o, …]. */
export const convPrimitive: Primitive<ConvAttributes> = primitive({
  name: 'conv',
  shape: ([x, kernel], attributes) => {
    if (x.shape.length !== kernel.shape.length || x.shape[1] !== Number(kernel.shape[1]) * attributes.groups)
      throw new ShapeError(`a kernel ${showShape(kernel.shape)} does not fit ${showShape(x.shape)}`);
    const sizes = outputSizes(spatial(x.shape), spatial(kernel.shape), attributes);
    return { dtype: x.dtype, shape: [x.shape[0], kernel.shape[0], ...sizes] };
  },
  grad: ({ grad, inputs: [x, kernel], attributes }) => [
    apply(convTransposePrimitive, [grad, kernel], { ...attributes, size: spatial(x.shape) }),
    apply(convKernelPrimitive, [x, grad], { ...attributes, kernel: spatial(kernel.shape) }),
  ],
  onnx: ({ emit, inputs, attributes }) => emit.op('Conv', inputs, onnxAttributes(attributes)),
  flops: ({ inputs: [, kernel], outputs: [y] }) => convFlops(y.shape, kernel.shape),
});

/** y [b, o, …], kernel [o, c / groups, …] → [b, c, size…]: what `conv` does to its input, transposed. */
export const convTransposePrimitive: Primitive<ConvAttributes & { size: readonly number[] }> = primitive({
  name: 'convTranspose',
  shape: ([y, kernel], { groups, size }) => ({
    dtype: y.dtype,
    shape: [y.shape[0], Number(kernel.shape[1]) * groups, ...size],
  }),
  grad: ({ grad, inputs: [y, kernel], attributes: { size: _, ...attributes } }) => [
    apply(convPrimitive, [grad, kernel], attributes),
    apply(convKernelPrimitive, [grad, y], { ...attributes, kernel: spatial(kernel.shape) }),
  ],
  onnx: ({ emit, inputs, node, attributes }) => {
    const { size, strides, pads, dilations } = attributes;
    const from = spatial(node.inputs[0].shape);
    const kernel = spatial(node.inputs[1].shape);
    // A stride may not divide the padded input; the positions it skipped at the end are put back as zeros.
    const output_padding = size.map((s, i) => {
      const reached = (from[i] - 1) * strides[i] + dilations[i] * (kernel[i] - 1) + 1 - pads[i] - pads[i + size.length];
      return s - reached;
    });
    return emit.op('ConvTranspose', inputs, { ...onnxAttributes(attributes), output_padding });
  },
  flops: ({ inputs: [y, kernel] }) => convFlops(y.shape, kernel.shape),
});

/** x [b, c, …], g [b, o, …] → the gradient of the kernel, [o, c / groups, kernel…]. */
export const convKernelPrimitive: Primitive<ConvAttributes & { kernel: readonly number[] }> = primitive({
  name: 'convKernel',
  shape: ([x, g], { kernel, groups }) => ({
    dtype: x.dtype,
    shape: [g.shape[1], Number(x.shape[1]) / groups, ...kernel],
  }),
  grad: ({ grad, inputs: [x, g], attributes: { kernel: _, ...attributes } }) => [
    apply(convTransposePrimitive, [g, grad], { ...attributes, size: spatial(x.shape) }),
    apply(convPrimitive, [x, grad], attributes),
  ],
  onnx: lowerKernelGradient,
  flops: ({ inputs: [, g], outputs: [kernel] }) => convFlops(g.shape, kernel.shape),
});

/** A convolution whose kernel is g: batch and channels change places, and so do stride and dilation. */
function lowerKernelGradient({
  emit,
  inputs: [x, g],
  node,
  attributes,
}: LoweringCall<ConvAttributes & { kernel: readonly number[] }>) {
  const { strides, pads, dilations, groups, kernel } = attributes;
  const [xs, gs] = node.inputs.map((t) => t.shape);
  const swapped = swapBatch(emit, x, xs, groups);
  const swappedG = emit.op('Transpose', [g], { perm: [1, 0, ...gs.slice(2).map((_, i) => i + 2)] });
  const wide = emit.op('Conv', [swapped, swappedG], { strides: dilations, dilations: strides, pads, group: groups });
  const axes = kernel.map((_, i) => i + 2);
  const cut = emit.op('Slice', [wide, emit.sizes(kernel.map(() => 0)), emit.sizes(kernel), emit.sizes(axes)]);
  return emit.op('Transpose', [cut], { perm: [1, 0, ...axes] });
}

/** [b, (g c), …] → [c, (g b), …]. */
function swapBatch(emit: Emitter, x: string, shape: Shape, groups: number): string {
  const [batch, channels, ...rest] = shape;
  const each = Number(channels) / groups;
  const apart = emit.op('Reshape', [x, emit.sizes([batch, groups, each, ...rest])]);
  const moved = emit.op('Transpose', [apart], { perm: [2, 1, 0, ...rest.map((_, i) => i + 3)] });
  return emit.op('Reshape', [moved, emit.sizes([each, multiplySizes(groups, batch), ...rest])]);
}

export interface ConvOptions {
  stride?: number | readonly number[];
  /** The same at begin and end of an axis, or all begins followed by all ends. */
  padding?: number | readonly number[];
  dilation?: number | readonly number[];
  groups?: number;
}

/** The attributes that the options mean for a number of spatial axes. */
function attributesOf(
  axes: number,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions,
): ConvAttributes {
  const each = (value: number | readonly number[]) =>
    typeof value === 'number' ? Array<number>(axes).fill(value) : value;
  const pads = typeof padding === 'number' ? Array<number>(2 * axes).fill(padding) : padding;
  return {
    strides: each(stride),
    pads: pads.length === axes ? [...pads, ...pads] : pads,
    dilations: each(dilation),
    groups,
  };
}

/** Convolution (cross-correlation, as everywhere in this field) over 1, 2 or 3 spatial axes. */
export function conv(x: Tensor, kernel: Tensor, bias?: Tensor, options: ConvOptions = {}): Tensor {
  const y = apply(convPrimitive, [x, kernel], attributesOf(x.rank - 2, options));
  return bias ? y.add(bias.reshape([1, bias.size(0), ...Array(x.rank - 2).fill(1)])) : y;
}
