/**
 * Symbolic tensors and the graph they form.
 *
 * A tensor knows its dtype, its shape and the node that makes it; it holds no numbers. Calling a model with tensors
 * therefore *is* tracing it: what comes back is the graph. Methods that read like mathematics are added in methods.ts.
 */
import type { DType, NDArray } from './array.ts';
import { ShapeError } from './errors.ts';
import { type Shape, type Size, showShape } from './size.ts';

export interface Spec {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What a primitive needs beside tensors: axes, flags, sizes. Plain data, so that graphs print and compare. */
export type Attributes = Readonly<Record<string, unknown>>;

/**
 * One operation with its rules side by side. `shape` refuses what does not fit; `grad` builds the gradient of each input
 * out of other primitives (undefined where an input has none); `onnx` says how the engine computes it.
 */
export interface Primitive<A extends Attributes = Attributes> {
  readonly name: string;
  readonly shape: (inputs: readonly Spec[], attributes: A) => Spec | readonly Spec[];
  /** `null` states that the operation has no gradient (comparisons, indices): a rule can be absent only on purpose. */
  readonly grad: ((call: GradientCall<A>) => readonly (Tensor | undefined)[]) | null;
  readonly onnx: (call: LoweringCall<A>) => readonly string[] | string;
  /** Multiply-adds count as two. Absent: one per output element for element-wise work, none for moving data. */
  readonly flops?: (node: Node<A>) => Size;
}

export interface GradientCall<A extends Attributes> {
  readonly node: Node<A>;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: A;
  /** Gradients of the outputs; undefined for an output that the loss does not use. */
  readonly grads: readonly (Tensor | undefined)[];
  /** The gradient of the first output, which exists whenever the rule of a one-output primitive is called. */
  readonly grad: Tensor;
}

export interface LoweringCall<A extends Attributes> {
  readonly node: Node<A>;
  readonly attributes: A;
  /** Names of the input values in the emitted graph. */
  readonly inputs: readonly string[];
  /** Whether output i is read by anything: lets a composite choose a fused kernel that does not produce it. */
  readonly used: readonly boolean[];
  readonly emit: Emitter;
}

/** The part of the lowering that primitives see. */
export interface Emitter {
  /** Adds one ONNX node and returns the names of its outputs. An empty input name is an omitted optional input. */
  op(
    type: string,
    inputs: readonly string[],
    attributes?: Attributes,
    options?: { outputs?: number; domain?: string },
  ): string;
  ops(
    type: string,
    inputs: readonly string[],
    attributes: Attributes,
    options: { outputs: number; domain?: string },
  ): string[];
  /** A constant of the graph. */
  constant(value: NDArray): string;
  /** A 1-D int64 constant or, where sizes are named, the nodes that compute it. */
  sizes(values: readonly Size[]): string;
}

export interface Node<A extends Attributes = Attributes> {
  readonly primitive: Primitive<A>;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  readonly outputs: readonly Tensor[];
}

/** Where a tensor without a node comes from. */
export type Leaf =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'parameter'; readonly path: string }
  | { readonly kind: 'constant'; readonly value: NDArray };

export class Tensor implements Spec {
  readonly dtype: DType;
  readonly shape: Shape;
  /** The node and output index, or the leaf, that this tensor is. */
  readonly source: { readonly node: Node; readonly index: number } | Leaf;

  constructor(spec: Spec, source: Tensor['source']) {
    this.dtype = spec.dtype;
    this.shape = spec.shape;
    this.source = source;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** The size of an axis; negative axes count from the end. */
  size(axis: number): Size {
    const size = this.shape.at(axis);
    if (size === undefined) throw new ShapeError(`a tensor of shape ${showShape(this.shape)} has no axis ${axis}`);
    return size;
  }

  /** The last size as a number: widths are always known when a model is traced. */
  get width(): number {
    const width = this.size(-1);
    if (typeof width !== 'number') throw new ShapeError(`the last axis of ${showShape(this.shape)} has no fixed size`);
    return width;
  }
}

/** Declares a primitive; the type demands every rule. */
export const primitive = <A extends Attributes = Attributes>(rules: Primitive<A>): Primitive<A> => rules;

/** The nodes that read each parameter, in the order of tracing. */
const readers = new WeakMap<Tensor, Node[]>();

/** What reads a parameter so far: tells a matrix of products from a table of rows, whatever they are called. */
export const readersOf = (parameter: Tensor): readonly Node[] => readers.get(parameter) ?? [];

function noteReader(x: Tensor, node: Node): void {
  if (!('kind' in x.source) || x.source.kind !== 'parameter') return;
  const known = readers.get(x);
  if (known) known.push(node);
  else readers.set(x, [node]);
}

/** Applies a primitive, checks shapes, and returns its outputs. */
export function applyAll<A extends Attributes>(
  op: Primitive<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] {
  let specs: Spec | readonly Spec[];
  try {
    specs = op.shape(inputs, attributes);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const shapes = inputs.map((x) => `${x.dtype}${showShape(x.shape)}`).join(', ');
    throw error.message.startsWith(`${op.name}(`) ? error : new ShapeError(`${op.name}(${shapes}): ${error.message}`);
  }
  const outputs: Tensor[] = [];
  const node: Node<A> = { primitive: op, inputs, attributes, outputs };
  for (const x of inputs) noteReader(x, node as unknown as Node);
  const list: readonly Spec[] = Array.isArray(specs) ? specs : [specs as Spec];
  for (const [index, spec] of list.entries()) outputs.push(new Tensor(spec, { node: node as unknown as Node, index }));
  return outputs;
}

export const apply = <A extends Attributes>(op: Primitive<A>, inputs: readonly Tensor[], attributes: A): Tensor =>
  applyAll(op, inputs, attributes)[0];

export const input = (name: string, shape: Shape, dtype: DType = 'float32'): Tensor =>
  new Tensor({ dtype, shape }, { kind: 'input', name });

export const constant = (value: NDArray): Tensor =>
  new Tensor({ dtype: value.dtype, shape: value.shape }, { kind: 'constant', value });

/** A constant with no axes. */
export const scalar = (value: number, dtype: DType = 'float32'): Tensor => constant(scalarArray(value, dtype));

export function scalarArray(value: number, dtype: DType): NDArray {
  if (dtype === 'int64') return { dtype, shape: [], data: BigInt64Array.of(BigInt(value)) };
  if (dtype === 'int32') return { dtype, shape: [], data: Int32Array.of(value) };
  if (dtype === 'bool') return { dtype, shape: [], data: Uint8Array.of(value) };
  if (dtype === 'float64') return { dtype, shape: [], data: Float64Array.of(value) };
  return { dtype: 'float32', shape: [], data: Float32Array.of(value) };
}

export const nodeOf = (tensor: Tensor): Node | undefined => ('node' in tensor.source ? tensor.source.node : undefined);

/** Axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  const front = axis < 0 ? axis + rank : axis;
  if (front < 0 || front >= rank) throw new ShapeError(`axis ${axis} is outside a tensor of ${rank} axes`);
  return front;
}
