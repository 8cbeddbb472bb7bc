/** Matrix products: batched with transposed operands, the linear layer, Einstein sums. */
import { ShapeError } from '../errors.ts';
import { broadcastShapes, multiplySizes, productOf, type Size, sameSize, showShape } from '../size.ts';
import { apply, type Primitive, primitive, type Spec, type Tensor } from '../tensor.ts';
import { reshapeTarget } from './layout.ts';

export interface MatmulOptions {
  /** Use the transpose of the last two axes of the left or right operand. */
  transposeA?: boolean;
  transposeB?: boolean;
}
type MatmulAttributes = { transposeA: boolean; transposeB: boolean; alpha: number };

const matrix = ({ shape }: Spec, transposed: boolean): [Size, Size] =>
  transposed ? [shape.at(-1)!, shape.at(-2)!] : [shape.at(-2)!, shape.at(-1)!];

export const matmulPrimitive: Primitive<MatmulAttributes> = primitive({
  name: 'matmul',
  shape: ([a, b], { transposeA, transposeB }) => {
    if (a.shape.length < 2 || b.shape.length < 2) throw new ShapeError('both operands need two axes or more');
    const [m, k] = matrix(a, transposeA);
    const [l, n] = matrix(b, transposeB);
    if (!sameSize(k, l)) throw new ShapeError(`inner sizes ${k} and ${l} differ`);
    return { dtype: a.dtype, shape: [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n] };
  },
  grad: ({ grad: g, inputs: [a, b], attributes: { transposeA: tA, transposeB: tB, alpha } }) => {
    const times = (x: Tensor, y: Tensor, transposeA: boolean, transposeB: boolean) =>
      apply(matmulPrimitive, [x, y], { transposeA, transposeB, alpha });
    const da = tA ? times(b, g, tB, true) : times(g, b, false, !tB);
    const db = tB ? times(g, a, true, tA) : times(a, g, !tA, false);
    return [da.sumTo(a.shape), db.sumTo(b.shape)];
  },
  onnx: ({ emit, inputs, node, attributes: { transposeA, transposeB, alpha } }) => {
    const flags = { transA: Number(transposeA), transB: Number(transposeB), alpha };
    if (node.inputs.every((x) => x.rank === 2)) return emit.op('Gemm', inputs, flags);
    if (!transposeA && !transposeB && alpha === 1) return emit.op('MatMul', inputs);
    return emit.op('FusedMatMul', inputs, flags, { domain: 'com.microsoft' });
  },
  flops: ({ inputs: [a], outputs: [y], attributes }) =>
    multiplySizes(2, multiplySizes(productOf(y.shape), matrix(a, attributes.transposeA)[1])),
});

/** `alpha · a b` over the last two axes; leading axes broadcast. */
export function matmul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: MatmulOptions = {},
  alpha = 1,
): Tensor {
  const attributes = { transposeA, transposeB, alpha };
  if (b.rank !== 2 || a.rank === 2 || transposeA) return apply(matmulPrimitive, [a, b], attributes);
  // A matrix on the right meets all rows at once: one large product, and its gradient is one large product too.
  const rows = apply(matmulPrimitive, [a.reshape([-1, a.size(-1)]), b], attributes);
  return rows.reshape([...a.shape.slice(0, -1), rows.size(-1)]);
}

export const linearPrimitive = primitive({
  name: 'linear',
  shape: ([x, weight, bias]) => {
    const [out, into] = weight.shape;
    if (weight.shape.length !== 2 || !sameSize(x.shape.at(-1) ?? 1, into))
      throw new ShapeError(`a weight ${showShape(weight.shape)} does not fit inputs of width ${x.shape.at(-1)}`);
    if (bias && !(bias.shape.length === 1 && sameSize(bias.shape[0], out)))
      throw new ShapeError(`a bias ${showShape(bias.shape)} does not fit ${out} outputs`);
    return { dtype: x.dtype, shape: [...x.shape.slice(0, -1), out] };
  },
  grad: ({ grad, inputs: [x, weight, bias] }) => {
    const g = grad.reshape([-1, grad.size(-1)]);
    const rows = x.reshape([-1, x.size(-1)]);
    const parts = [g.matmul(weight).reshape(x.shape), g.matmul(rows, { transposeA: true })];
    return bias ? [...parts, g.sum(0)] : parts;
  },
  onnx: ({ emit, inputs: [x, weight, bias], node }) => {
    const [from, w] = node.inputs;
    const operands = (rows: string) => (bias ? [rows, weight, bias] : [rows, weight]);
    if (from.rank === 2) return emit.op('Gemm', operands(x), { transB: 1 });
    const count = productOf(from.shape.slice(0, -1));
    const rows = emit.op('Reshape', [x, reshapeTarget(emit, from.shape, [count, from.size(-1)])]);
    const product = emit.op('Gemm', operands(rows), { transB: 1 });
    return emit.op('Reshape', [product, reshapeTarget(emit, [count, w.size(0)], node.outputs[0].shape)]);
  },
  flops: ({ inputs: [x, weight] }) => multiplySizes(2, multiplySizes(productOf(x.shape), weight.size(0))),
});

/** `x Wᵀ + b` over the last axis: x [..., in], weight [out, in] as PyTorch stores it, bias [out]. */
export const linear = (x: Tensor, weight: Tensor, bias?: Tensor): Tensor =>
  apply(linearPrimitive, bias ? [x, weight, bias] : [x, weight], {});

export const einsumPrimitive = primitive<{ equation: string }>({
  name: 'einsum',
  shape: (inputs, { equation }) => {
    const { terms, result, sizes } = readEquation(equation, inputs);
    if (terms.length !== inputs.length) throw new ShapeError(`'${equation}' names ${terms.length} operands`);
    return { dtype: inputs[0].dtype, shape: [...result].map((label) => sizes.get(label)!) };
  },
  grad: ({ grad, inputs, attributes: { equation } }) => {
    const { terms, result, sizes } = readEquation(equation, inputs);
    return inputs.map((x, i) => {
      const others = inputs.filter((_, j) => j !== i);
      const otherTerms = terms.filter((_, j) => j !== i);
      // A label that only this operand has was summed away: its gradient is constant along it.
      const reachable = [...terms[i]].filter((label) => [result, ...otherTerms].some((term) => term.includes(label)));
      const part = einsum(`${[result, ...otherTerms].join(',')}->${reachable.join('')}`, grad, ...others);
      const kept = [...terms[i]].map((label) => (reachable.includes(label) ? sizes.get(label)! : 1));
      return part.reshape(kept).expand(x.shape);
    });
  },
  onnx: ({ emit, inputs, attributes }) => emit.op('Einsum', inputs, attributes),
  flops: ({ inputs, attributes }) =>
    multiplySizes(2, productOf([...readEquation(attributes.equation, inputs).sizes.values()])),
});

function readEquation(equation: string, inputs: readonly Spec[]) {
  const [left, result] = equation.replace(/\s/g, '').split('->');
  if (result === undefined) throw new ShapeError(`'${equation}' needs an arrow`);
  const terms = left.split(',');
  const sizes = new Map<string, Size>();
  for (const [i, term] of terms.entries()) {
    if (inputs[i]?.shape.length !== term.length || new Set(term).size !== term.length)
      throw new ShapeError(`'${term}' does not describe operand ${i}`);
    for (const [axis, label] of [...term].entries()) {
      const size = inputs[i].shape[axis];
      if (sizes.has(label) && !sameSize(sizes.get(label)!, size))
        throw new ShapeError(`'${label}' stands for both ${sizes.get(label)} and ${size}`);
      sizes.set(label, size);
    }
  }
  return { terms, result, sizes };
}

/** An Einstein sum with one letter per axis: `einsum('bqd,bkd->bqk', q, k)`. */
export const einsum = (equation: string, ...operands: Tensor[]): Tensor =>
  apply(einsumPrimitive, operands, { equation: equation.replace(/\s/g, '') });
