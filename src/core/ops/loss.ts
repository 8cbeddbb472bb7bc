/** Cross-entropy over rows of logits, with ignored rows and smoothed targets. */
import { ShapeError } from '../errors.ts';
import { sameSize, showShape } from '../size.ts';
import { applyAll, primitive, scalarArray, type Tensor } from '../tensor.ts';

type Attributes = { ignore: number; on: number; off: number };

/**
 * Outputs the loss of every row (0 where ignored) and the log-probabilities, which the gradient reuses.
 * The target distribution puts `on` on the label and `off` on every other class.
 */
export const crossEntropyPrimitive = primitive<Attributes>({
  name: 'crossEntropy',
  shape: ([logits, labels]) => {
    if (logits.shape.length !== 2 || labels.shape.length !== 1 || !sameSize(logits.shape[0], labels.shape[0]))
      throw new ShapeError(`logits ${showShape(logits.shape)} need one label a row, not ${showShape(labels.shape)}`);
    if (labels.dtype !== 'int64') throw new ShapeError(`labels are ${labels.dtype}; they need int64`);
    return [
      { dtype: logits.dtype, shape: labels.shape },
      { dtype: logits.dtype, shape: logits.shape },
    ];
  },
  grad: ({ grads: [grad], inputs: [, labels], outputs: [, logProbabilities], attributes: { ignore, on, off } }) => {
    if (!grad) throw new ShapeError('crossEntropy: take the gradient of the loss, not of the log-probabilities');
    const counted = labels.equal(ignore).not();
    const g = counted.where(grad, 0).unsqueeze(1);
    const probabilities = logProbabilities.exp();
    const even = (off === 0 ? probabilities : probabilities.sub(off)).mul(g);
    return [even.scatterAlong(counted.where(labels, 0).unsqueeze(1), g.mul(off - on)), undefined];
  },
  onnx: ({ emit, inputs: [logits, labels], attributes: { ignore, on, off } }) => {
    // The engine has an operator for the loss, but it moves the classes to another axis and back on the way.
    const number = (value: number) => emit.constant(scalarArray(value, 'float32'));
    const skip = emit.op('Equal', [labels, emit.constant(scalarArray(ignore, 'int64'))]);
    const counted = emit.op('Where', [skip, emit.constant(scalarArray(0, 'int64')), labels]);
    const column = emit.sizes([1]);
    const logProbabilities = emit.op('LogSoftmax', [logits], { axis: 1 });
    const picked = emit.op('GatherElements', [logProbabilities, emit.op('Unsqueeze', [counted, column])], { axis: 1 });
    const said = emit.op('Mul', [emit.op('Squeeze', [picked, column]), number(off - on)]);
    const spread = () =>
      emit.op('Mul', [emit.op('ReduceSum', [logProbabilities, column], { keepdims: 0 }), number(off)]);
    const loss = off === 0 ? said : emit.op('Sub', [said, spread()]);
    return [emit.op('Where', [skip, number(0), loss]), logProbabilities];
  },
});

export interface CrossEntropyOptions {
  /** Rows with this label count nothing. Default -100, PyTorch's. */
  ignore?: number;
  /** Share ε of the target spread over the classes. */
  smoothing?: number;
  /** Spread ε over all classes as PyTorch does (ε/V), or over the wrong ones alone (ε/(V−1)), as GIT's original code does. */
  spread?: 'all' | 'others';
  /** Subtract the entropy of the smoothed target: a divergence, which is 0 for a perfect prediction. Gradients are the same. */
  divergence?: boolean;
  /** 'mean' over counted rows, or one loss a row. */
  reduction?: 'mean' | 'none';
}

/** logits [n, classes], labels int64 [n] → a scalar, or [n] unreduced. */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  { ignore = -100, smoothing = 0, spread = 'all', divergence = false, reduction = 'mean' }: CrossEntropyOptions = {},
): Tensor {
  const classes = logits.width;
  const off = smoothing === 0 ? 0 : smoothing / (spread === 'all' ? classes : classes - 1);
  const on = 1 - smoothing + (spread === 'all' ? off : 0);
  const [raw] = applyAll(crossEntropyPrimitive, [logits, labels], { ignore, on, off });
  const counted = labels.equal(ignore).not();
  const entropy = -(on * Math.log(on)) - (off && (classes - 1) * off * Math.log(off));
  const losses = divergence && entropy !== 0 ? counted.where(raw.sub(entropy), 0) : raw;
  if (reduction === 'none') return losses;
  return losses.sum().div(counted.cast('float32').sum());
}
