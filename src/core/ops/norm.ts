/** Layer norm and RMS norm over the last axis. */
import { ShapeError } from '../errors.ts';
import { sameSize, showShape } from '../size.ts';
import { applyAll, primitive, type Spec, type Tensor } from '../tensor.ts';

function scalesWith(x: Spec, ...vectors: (Spec | undefined)[]) {
  for (const vector of vectors)
    if (vector && !(vector.shape.length === 1 && sameSize(vector.shape[0], x.shape.at(-1)!)))
      throw new ShapeError(`a vector ${showShape(vector.shape)} does not scale rows of width ${x.shape.at(-1)}`);
}
const rowStatistic = (x: Spec): Spec => ({ dtype: x.dtype, shape: x.shape.with(-1, 1) });
const rows = (x: Tensor) => x.reshape([-1, x.size(-1)]);

/** Outputs y, and the mean and inverse deviation of every row, which the gradient reuses. */
export const layerNormPrimitive = primitive<{ eps: number }>({
  name: 'layerNorm',
  shape: ([x, scale, shift]) => {
    scalesWith(x, scale, shift);
    return [{ dtype: x.dtype, shape: x.shape }, rowStatistic(x), rowStatistic(x)];
  },
  grad: ({ grad, inputs: [x, scale], outputs: [, mean, inverse] }) => {
    // Row by row, with g the gradient, c = x − mean, i the inverse deviation and s the scale:
    // dx = i (g s − mean(g s) − c i² mean(c g s)). The normed rows c i are never made: their i moves into the products
    // that sum over rows and columns anyway, which makes two passes over the tokens less.
    const centred = x.sub(mean);
    const product = rows(grad.mul(centred));
    const scaled = grad.mul(scale);
    const slope = product
      .matmul(scale.div(x.width).reshape([-1, 1]))
      .reshape(mean.shape)
      .mul(inverse.mul(inverse));
    const dx = scaled
      .sub(centred.mul(slope))
      .sub(scaled.mean(-1, { keep: true }))
      .mul(inverse);
    return [dx, inverse.reshape([1, -1]).matmul(product).reshape(scale.shape), rows(grad).sum(0)];
  },
  onnx: ({ emit, inputs, used, attributes: { eps } }) =>
    emit.ops('LayerNormalization', inputs, { axis: -1, epsilon: eps }, { outputs: used[1] || used[2] ? 3 : 1 }),
});

export const layerNorm = (x: Tensor, scale: Tensor, shift: Tensor, eps: number): Tensor =>
  applyAll(layerNormPrimitive, [x, scale, shift], { eps })[0];

/** x / sqrt(mean(x²) + eps) · scale (T5, LLaMA). */
export const rmsNormPrimitive = primitive<{ eps: number }>({
  name: 'rmsNorm',
  shape: ([x, scale]) => {
    scalesWith(x, scale);
    return { dtype: x.dtype, shape: x.shape };
  },
  grad: ({ grad, inputs: [x, scale], attributes: { eps } }) => {
    const inverse = x.mul(x).mean(-1, { keep: true }).add(eps).sqrt().pow(-1);
    const normed = x.mul(inverse);
    const scaled = grad.mul(scale);
    const dx = scaled.sub(normed.mul(scaled.mul(normed).mean(-1, { keep: true }))).mul(inverse);
    return [dx, rows(grad.mul(normed)).sum(0)];
  },
  onnx: ({ emit, inputs, attributes: { eps } }) =>
    emit.op('SimplifiedLayerNormalization', inputs, { axis: -1, epsilon: eps }),
});

export const rmsNorm = (x: Tensor, scale: Tensor, eps: number): Tensor =>
  applyAll(rmsNormPrimitive, [x, scale], { eps })[0];
