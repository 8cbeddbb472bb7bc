/** Pooling over windows of feature maps: b pictures, c channels, h and w positions, n regions. */
import { float32 } from '../array.ts';
import { ShapeError } from '../errors.ts';
import { productOf, showShape } from '../size.ts';
import { apply, applyAll, constant, primitive, type Tensor } from '../tensor.ts';
import { scatterRows } from './indexing.ts';

type PoolAttributes = {
  kernel: readonly number[];
  strides: readonly number[];
  /** Begin of both axes, then end. */
  pads: readonly number[];
  /** 1: a window that only begins inside the map counts too. */
  ceil: number;
};

/** x [b, c, h, w] → the largest value of each window, and where it lies among all numbers of `x`. */
export const maxPoolPrimitive = primitive<PoolAttributes>({
  name: 'maxPool',
  shape: ([x], { kernel, strides, pads, ceil }) => {
    const [h, w] = x.shape.slice(2);
    if (x.shape.length !== 4 || typeof h !== 'number' || typeof w !== 'number')
      throw new ShapeError(`a map is [b, c, h, w] with fixed h and w, not ${showShape(x.shape)}`);
    const sizes = [h, w].map((size, i) => {
      const room = size + pads[i] + pads[i + 2] - kernel[i];
      if (room < 0) throw new ShapeError(`a window of ${kernel[i]} does not fit in ${size} positions`);
      const count = (ceil ? Math.ceil(room / strides[i]) : Math.floor(room / strides[i])) + 1;
      // PyTorch's rule: the last window may reach over the end, but begins before it.
      return ceil && (count - 1) * strides[i] >= size + pads[i] ? count - 1 : count;
    });
    const shape = [x.shape[0], x.shape[1], ...sizes];
    return [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ];
  },
  grad: ({ grads: [grad], inputs: [x], outputs: [, at] }) => [
    grad && scatterRows(grad.reshape([-1]), at.reshape([-1]), productOf(x.shape)).reshape(x.shape),
  ],
  onnx: ({ emit, inputs, used, attributes: { kernel, strides, pads, ceil } }) =>
    emit.ops('MaxPool', inputs, { kernel_shape: kernel, strides, pads, ceil_mode: ceil }, { outputs: used[1] ? 2 : 1 }),
});

export interface MaxPoolOptions {
  kernel: number;
  stride: number;
  padding?: number;
  /** Round the number of windows up, as Caffe does. */
  ceil?: boolean;
}

/** The largest value of each square window of x [b, c, h, w]. */
export function maxPool(x: Tensor, { kernel, stride, padding = 0, ceil = false }: MaxPoolOptions): Tensor {
  const both = [kernel, kernel];
  const pads = Array<number>(4).fill(padding);
  return applyAll(maxPoolPrimitive, [x], { kernel: both, strides: [stride, stride], pads, ceil: Number(ceil) })[0];
}

export const maxRoiPoolPrimitive = primitive<{ bins: number }>({
  name: 'maxRoiPool',
  shape: ([x, boxes], { bins }) => {
    if (x.shape.length !== 4 || boxes.shape.length !== 2 || boxes.shape[1] !== 5)
      throw new ShapeError(`regions are [n, 5] of a map [b, c, h, w], not ${showShape(boxes.shape)}`);
    return { dtype: x.dtype, shape: [boxes.shape[0], x.shape[1], bins, bins] };
  },
  // The detectors that pool so are run here, not trained: no gradient passes.
  grad: null,
  onnx: ({ emit, inputs, attributes: { bins } }) => emit.op('MaxRoiPool', inputs, { pooled_shape: [bins, bins] }),
});

/**
 * Fast R-CNN's pooling (arXiv 1504.08083, section 2.1): each region is cut into bins × bins parts, and the largest value
 * of each is kept. Corners are scaled and rounded; both ends count; a part without positions is 0.
 * @param x maps [b, c, h, w]
 * @param boxes [n, 5]: number of the picture, then left, top, right and bottom in its pixels
 * @param scale map positions a pixel
 * @returns [n, c, bins, bins]; no gradient passes through it
 */
export function maxRoiPool(x: Tensor, boxes: Tensor, { bins, scale }: { bins: number; scale: number }): Tensor {
  const scaled = boxes.mul(constant(float32([5], [1, scale, scale, scale, scale])));
  return apply(maxRoiPoolPrimitive, [x, scaled], { bins });
}
