/** A traced graph: the nodes between leaves and outputs in the order of computation, and its printed form. */
import { addSizes, namesIn, type Size, showShape } from './size.ts';
import type { Node, Tensor } from './tensor.ts';
import { nodeOf } from './tensor.ts';

export interface Graph {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Every node once, each after the nodes that it reads. */
  readonly nodes: readonly Node[];
  readonly inputs: readonly Tensor[];
  readonly parameters: readonly Tensor[];
  readonly constants: readonly Tensor[];
}

/** The nodes that the tensors depend on, each after its inputs. Iterative: backward graphs are deep. */
export function nodesOf(tensors: readonly Tensor[]): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  const stack = tensors.flatMap((t) => nodeOf(t) ?? []).reverse();
  while (stack.length) {
    const node = stack[stack.length - 1];
    if (state.has(node)) {
      stack.pop();
      if (state.get(node) === 'open') order.push(node);
      state.set(node, 'done');
      continue;
    }
    state.set(node, 'open');
    for (const x of node.inputs.toReversed()) {
      const before = nodeOf(x);
      if (before && !state.has(before)) stack.push(before);
    }
  }
  return order;
}

/** Collects what the outputs need. */
export function graph(outputs: Readonly<Record<string, Tensor>>): Graph {
  const nodes = nodesOf(Object.values(outputs));
  const leaves = new Set<Tensor>();
  for (const x of [...nodes.flatMap((node) => node.inputs), ...Object.values(outputs)]) if (!nodeOf(x)) leaves.add(x);
  const ofKind = (kind: string) => [...leaves].filter((x) => 'kind' in x.source && x.source.kind === kind);
  return { outputs, nodes, inputs: ofKind('input'), parameters: ofKind('parameter'), constants: ofKind('constant') };
}

/** The names of sizes that must be known to run the graph. */
export const sizeNames = ({ inputs }: Graph): string[] => [...new Set(inputs.flatMap((x) => namesIn(x.shape)))];

/** Multiply-adds counted as two, element-wise operations as one an element. */
export function flopsOf({ nodes }: Graph): Size {
  return nodes.map((node) => node.primitive.flops?.(node) ?? 0).reduce(addSizes, 0);
}

/** One line a node: `%3 = linear(%1, blocks.0.mlp.up.weight) : float32[batch, 197, 3072]`. */
export function printGraph({ inputs, outputs, nodes }: Graph): string {
  const names = new Map<Tensor, string>();
  for (const node of nodes) for (const y of node.outputs) names.set(y, `%${names.size}`);
  const show = (x: Tensor): string => {
    const { source } = x;
    if ('node' in source) return names.get(x)!;
    if (source.kind === 'input') return source.name;
    if (source.kind === 'parameter') return source.path;
    return x.rank === 0 ? String(source.value.data[0]) : `constant${showShape(x.shape)}`;
  };
  const type = (x: Tensor) => `${x.dtype}${showShape(x.shape)}`;
  const attribute = ([name, value]: [string, unknown]) =>
    `${name}=${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`;
  const lines = nodes.map((node) => {
    const attributes = Object.entries(node.attributes).map(attribute);
    const call = `${node.primitive.name}(${[...node.inputs.map(show), ...attributes].join(', ')})`;
    return `  ${node.outputs.map(show).join(', ')} = ${call} : ${node.outputs.map(type).join(', ')}`;
  });
  const head = inputs.map((x) => `${show(x)}: ${type(x)}`).join(', ');
  const tail = Object.entries(outputs).map(([name, x]) => `${name} = ${show(x)}`);
  return [`graph(${head}) {`, ...lines, `  return ${tail.join(', ')}`, '}'].join('\n');
}
