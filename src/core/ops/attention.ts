/**
 * Scaled dot-product attention over several heads (arXiv 1706.03762, section 3.2).
 *
 * One primitive, so that inference uses the engine's fused kernel; the second output, the probabilities, exists only for
 * the gradient and for explanations, and asking for it is what makes the lowering spell the steps out.
 * b batch, n queries, m keys, h heads, d head width.
 */
import { ShapeError } from '../errors.ts';
import { multiplySizes, productOf, type Size, sameSize, showShape } from '../size.ts';
import { applyAll, type LoweringCall, primitive, type Tensor } from '../tensor.ts';
import { reshapeTarget } from './layout.ts';
import { matmul } from './matmul.ts';
import { rearrange } from './rearrange.ts';

type AttentionAttributes = { heads: number; scale: number };

export const attentionPrimitive = primitive<AttentionAttributes>({
  name: 'attention',
  shape: ([q, k, v, bias], { heads }) => {
    const width = q.shape[2];
    if (
      q.shape.length !== 3 ||
      k.shape.length !== 3 ||
      v.shape.length !== 3 ||
      typeof width !== 'number' ||
      width % heads
    )
      throw new ShapeError(`queries need the shape [batch, tokens, heads · width], with ${heads} heads`);
    if (!sameSize(k.shape[2], width) || !sameSize(k.shape[1], v.shape[1]) || !sameSize(q.shape[0], k.shape[0]))
      throw new ShapeError(`keys ${showShape(k.shape)} and values ${showShape(v.shape)} do not fit`);
    const scores = [q.shape[0], heads, q.shape[1], k.shape[1]];
    const fits = (s: Size, i: number) => s === 1 || sameSize(s, scores[i]);
    if (bias && (bias.shape.length !== 4 || !bias.shape.every(fits)))
      throw new ShapeError(`a bias ${showShape(bias.shape)} does not broadcast to ${showShape(scores)}`);
    return [
      { dtype: q.dtype, shape: [q.shape[0], q.shape[1], v.shape[2]] },
      { dtype: q.dtype, shape: scores },
    ];
  },
  grad: ({ grads: [g], inputs: [q, k, v, bias], outputs: [y, probabilities], attributes: { heads, scale } }) => {
    if (!g) throw new ShapeError('attention: probabilities are for reading; a loss on them has no gradient');
    const apart = (x: Tensor) => rearrange(x, 'b n (h d) -> b h n d', { h: heads });
    const together = (x: Tensor) => rearrange(x, 'b h n d -> b n (h d)');
    const gy = apart(g);
    const dv = matmul(probabilities, gy, { transposeA: true });
    // Softmax's row sum Σ p·dp equals Σ g·y over the head width: a sum over d instead of over m, and before the heads
    // are moved, so that y stays where it is.
    const sums = rearrange(g.mul(y), 'b n (h d) -> b n h d', { h: heads }).sum(-1);
    const rowSum = sums.transpose([0, 2, 1]).unsqueeze(-1);
    const ds = probabilities.mul(matmul(gy, apart(v), { transposeB: true }).sub(rowSum));
    const dq = matmul(ds, apart(k), {}, scale);
    const dk = matmul(ds, apart(q), { transposeA: true }, scale);
    const parts: Tensor[] = [together(dq), together(dk), together(dv)];
    return bias ? [...parts, ds.sumTo(bias.shape)] : parts;
  },
  onnx: (call) => (call.used[1] ? spelledOut(call) : fused(call)),
  flops: ({ inputs: [q, k] }) => multiplySizes(4, multiplySizes(productOf(q.shape), k.size(1))),
});

/** The contrib kernel: one pass, no probabilities in memory. */
function fused({
  emit,
  inputs: [q, k, v, bias],
  node,
  attributes: { heads, scale },
}: LoweringCall<AttentionAttributes>) {
  const [queries, keys, , mask] = node.inputs;
  // The kernel broadcasts its bias over batch and heads only.
  const rows = mask && (!sameSize(mask.size(2), queries.size(1)) || !sameSize(mask.size(3), keys.size(1)));
  const full = rows
    ? emit.op('Expand', [bias, emit.sizes([mask.size(0), mask.size(1), queries.size(1), keys.size(1)])])
    : bias;
  const inputs = mask ? [q, k, v, '', '', full] : [q, k, v];
  return [emit.op('MultiHeadAttention', inputs, { num_heads: heads, scale }, { domain: 'com.microsoft' })];
}

function spelledOut({
  emit,
  inputs: [q, k, v, bias],
  node,
  attributes: { heads, scale },
}: LoweringCall<AttentionAttributes>) {
  // Spelled as the gradient spells it, which moves the same heads and then finds them moved.
  const apart = (name: string, x: Tensor) => {
    const target = [...x.shape.slice(0, 2), heads, x.width / heads];
    const split = emit.op('Reshape', [name, reshapeTarget(emit, x.shape, target)]);
    return emit.op('Transpose', [split], { perm: [0, 2, 1, 3] });
  };
  const [queries, keys, values] = [q, k, v].map((name, i) => apart(name, node.inputs[i]));
  const product = emit.op('FusedMatMul', [queries, keys], { transB: 1, alpha: scale }, { domain: 'com.microsoft' });
  const scores = bias ? emit.op('Add', [product, bias]) : product;
  const probabilities = emit.op('Softmax', [scores], { axis: -1 });
  const mixed = emit.op('Transpose', [emit.op('MatMul', [probabilities, values])], { perm: [0, 2, 1, 3] });
  return [emit.op('Reshape', [mixed, emit.sizes([0, 0, node.inputs[2].width])]), probabilities];
}

export interface AttentionOptions {
  heads: number;
  /** Default: the inverse root of the head width. */
  scale?: number;
  /** Added to the scores before the softmax; broadcasts to [b, h, n, m]. */
  bias?: Tensor;
}

/** q [b, n, h·d], k and v [b, m, h·d] → the mixed values [b, n, h·d] and the probabilities [b, h, n, m]. */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { heads, scale = (q.width / heads) ** -0.5, bias }: AttentionOptions,
) {
  const [values, probabilities] = applyAll(attentionPrimitive, bias ? [q, k, v, bias] : [q, k, v], { heads, scale });
  return { values, probabilities };
}
