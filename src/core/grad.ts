/** Reverse-mode differentiation: walks the graph backwards and writes the gradients as more graph. */
import { ShapeError } from './errors.ts';
import { nodesOf } from './graph.ts';
import { Recomputation } from './recompute.ts';
import { showShape } from './size.ts';
import { type Node, scalar, type Tensor } from './tensor.ts';

export interface GradOptions {
  /** Compute what lies between boundaries again instead of keeping it; see recompute.ts. */
  recompute?: boolean;
}

/**
 * Gradients of a scalar with respect to tensors, in their order.
 *
 * A tensor that the loss does not depend on gets zeros of its shape. Work is done only on paths that lead to `wrt`, so
 * frozen parts cost nothing.
 */
export function grad(loss: Tensor, wrt: readonly Tensor[], { recompute = false }: GradOptions = {}): Tensor[] {
  if (loss.rank !== 0) throw new ShapeError(`grad needs a loss without axes, not ${showShape(loss.shape)}`);
  const nodes = nodesOf([loss]);
  const needed = new Set<Tensor>(wrt);
  for (const node of nodes) if (node.inputs.some((x) => needed.has(x))) for (const y of node.outputs) needed.add(y);

  const sums = new Map<Tensor, Tensor>([[loss, scalar(1)]]);
  const recomputation = recompute ? new Recomputation(loss) : undefined;
  for (const node of nodes.reverse()) {
    const grads = node.outputs.map((y) => sums.get(y));
    if (!grads.some(Boolean) || !node.inputs.some((x) => needed.has(x))) continue;
    const around = recomputation?.around(node, (x) => sums.get(x)) ?? node;
    for (const [i, part] of gradientsOf(node, around, grads).entries()) {
      const x = node.inputs[i];
      if (!part || !needed.has(x)) continue;
      const sum = sums.get(x);
      sums.set(x, sum ? sum.add(part) : part);
    }
  }
  return wrt.map((x) => sums.get(x) ?? x.mul(0));
}

function gradientsOf(
  node: Node,
  { inputs, outputs }: Pick<Node, 'inputs' | 'outputs'>,
  grads: readonly (Tensor | undefined)[],
): readonly (Tensor | undefined)[] {
  const { primitive, attributes } = node;
  if (!primitive.grad) return [];
  const parts = primitive.grad({ node, inputs, outputs, attributes, grads, grad: grads[0]! });
  for (const [i, part] of parts.entries())
    if (part && showShape(part.shape) !== showShape(inputs[i].shape))
      throw new ShapeError(
        `${primitive.name}: the gradient of input ${i} is ${showShape(part.shape)}, not ${showShape(inputs[i].shape)}`,
      );
  return parts;
}
