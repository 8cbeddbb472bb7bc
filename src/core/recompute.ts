/**
 * Activations that a backward pass computes again instead of keeping them (Chen et al., arXiv 1604.06174): memory then
 * holds what crosses the boundaries of a model (the outputs of its blocks) and the inside of one part.
 *
 * A node belongs to the part of a boundary when that is all it leads to before other boundaries. Gradient rules of such
 * nodes get copies of their inputs and outputs, computed from what enters the part. Everything else is kept: what crosses
 * boundaries, what several parts read (masks, a picture's tokens), what comes behind the last boundary.
 */
import { nodesOf } from './graph.ts';
import { after, boundaryPrimitive } from './ops/boundary.ts';
import { withInputs } from './share.ts';
import { type Node, nodeOf, type Tensor } from './tensor.ts';

export class Recomputation {
  /** The boundary in whose part a node lies. */
  readonly #parts: ReadonlyMap<Node, Node>;
  /** Copies, by part. */
  readonly #copies = new Map<Node, Map<Tensor, Tensor>>();

  constructor(loss: Tensor) {
    this.#parts = partsOf(nodesOf([loss]));
  }

  /** A node's inputs and outputs as its gradient rule is to see them. `gradientOf` knows the gradients of boundaries. */
  around(node: Node, gradientOf: (x: Tensor) => Tensor | undefined): Pick<Node, 'inputs' | 'outputs'> {
    const part = this.#parts.get(node);
    const gate = part && gradientOf(part.outputs[0]);
    if (!gate) return node;
    const copies = this.#copies.get(part) ?? new Map<Tensor, Tensor>();
    this.#copies.set(part, copies);
    const copy = (x: Tensor): Tensor => {
      const known = copies.get(x);
      if (known) return known;
      const fresh = this.#copy(x, { part, gate, copy });
      copies.set(x, fresh);
      return fresh;
    };
    return { inputs: node.inputs.map(copy), outputs: node.outputs.map(copy) };
  }

  #copy(x: Tensor, { part, gate, copy }: { part: Node; gate: Tensor; copy: (x: Tensor) => Tensor }): Tensor {
    const node = nodeOf(x);
    if (!node || this.#parts.get(node) !== part) {
      // Numbers that are there anyway enter the copies behind the gradient, so that no copy runs before it.
      const isWeight = 'kind' in x.source && x.source.kind !== 'input';
      return isWeight ? x : after(x, gate);
    }
    const inputs = node.inputs.map(copy);
    const held = inputs.some((input, i) => input !== node.inputs[i]) || inputs.length === 0;
    // What is made of weights alone (a table of relative positions) has to wait as well.
    const copied = withInputs(node, held ? inputs : inputs.with(0, after(inputs[0], gate)));
    return copied.outputs[node.outputs.indexOf(x)];
  }
}

function partsOf(nodes: readonly Node[]): Map<Node, Node> {
  const parts = new Map<Node, Node>();
  /** Where the readers of a node lie: in the part of a boundary, or not in one part. */
  const readers = new Map<Node, Node | 'elsewhere'>();
  for (const node of nodes.toReversed()) {
    const to = readers.get(node) ?? 'elsewhere';
    const isBoundary = node.primitive.name === boundaryPrimitive.name;
    if (to !== 'elsewhere' && !isBoundary) parts.set(node, to);
    const here = isBoundary ? node : to;
    for (const before of node.inputs.flatMap((x) => nodeOf(x) ?? []))
      readers.set(before, (readers.get(before) ?? here) === here ? here : 'elsewhere');
  }
  return parts;
}
