/**
 * Common subexpressions: what a graph computes twice, it computes once.
 *
 * Two nodes are the same when they apply one primitive with equal attributes to the same tensors. Primitives are pure,
 * random numbers included (they depend on a key and a place, which are an input and an attribute), so the numbers that
 * come out do not change. Leaves keep their identity, constants aside: those are the same when their values are.
 */
import type { NDArray } from './array.ts';
import { nodesOf } from './graph.ts';
import { Dim } from './size.ts';
import { type Attributes, type Node, nodeOf, type Primitive, Tensor } from './tensor.ts';

/** The same outputs of the smallest graph; nodes that repeat nothing stay the ones they are. */
export function share(outputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const kept = new Map<Tensor, Tensor>();
  const nodes = new Map<string, Node>();
  const constants = new Map<string, Tensor>();
  const ids = new Ids();

  const keep = (x: Tensor): Tensor => {
    const known = kept.get(x);
    if (known) return known;
    const key = constantKey(x);
    const first = key === undefined ? x : (constants.get(key) ?? x);
    if (key !== undefined) constants.set(key, first);
    kept.set(x, first);
    return first;
  };

  for (const node of nodesOf(Object.values(outputs))) {
    const inputs = node.inputs.map(keep);
    const key = `${ids.of(node.primitive)}(${inputs.map((x) => ids.of(x))})${attributesKey(node.attributes, ids)}`;
    let same = nodes.get(key);
    if (!same) nodes.set(key, (same = inputs.every((x, i) => x === node.inputs[i]) ? node : withInputs(node, inputs)));
    for (const [i, y] of node.outputs.entries()) kept.set(y, same.outputs[i]);
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, x]) => [name, keep(x)]));
}

/** A number for each object that is told apart by identity. */
class Ids {
  readonly #ids = new Map<object, number>();

  of(value: Tensor | Primitive | object): number {
    const known = this.#ids.get(value) ?? this.#ids.size;
    this.#ids.set(value, known);
    return known;
  }
}

/** The node again, with inputs of the same dtypes and shapes. */
export function withInputs({ primitive, attributes, outputs }: Node, inputs: readonly Tensor[]): Node {
  const copies: Tensor[] = [];
  const node: Node = { primitive, inputs, attributes, outputs: copies };
  for (const [index, y] of outputs.entries()) copies.push(new Tensor(y, { node, index }));
  return node;
}

/** Longer constants are tables that somebody made once; comparing them would cost more than it finds. */
const comparable = 64;

function constantKey(x: Tensor): string | undefined {
  if (nodeOf(x) || !('kind' in x.source) || x.source.kind !== 'constant') return undefined;
  const { dtype, shape, data }: NDArray = x.source.value;
  if (data.length > comparable) return undefined;
  return `${dtype}[${shape}]:${Array.from<number | bigint>(data).map(exact)}`;
}

/** Text that differs wherever the numbers differ, zeros of two signs included. */
const exact = (value: number | bigint): string => (Object.is(value, -0) ? '-0' : String(value));

function attributesKey(attributes: Attributes, ids: Ids): string {
  const show = (value: unknown): string => {
    if (typeof value === 'number') return exact(value);
    if (typeof value === 'string') return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map(show)}]`;
    // A named size is marked, or the name '2' would be the number 2.
    if (value instanceof Dim) return `<${value.key}>`;
    return typeof value === 'object' && value !== null ? `#${ids.of(value)}` : String(value);
  };
  return Object.keys(attributes)
    .sort()
    .map((name) => `${name}=${show(attributes[name])}`)
    .join(';');
}
