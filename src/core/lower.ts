/**
 * From a traced graph to ONNX: every primitive emits its nodes through one emitter, which also computes named sizes from
 * the shapes of the inputs. Weights are declared as graph inputs (training) or as byte ranges of files (inference).
 */
import { type DType, int64, type NDArray } from './array.ts';
import { ShapeError } from './errors.ts';
import { graph as collect, type Graph } from './graph.ts';
import { type OnnxAttribute, type OnnxNode, type OnnxTensor, onnxTypes, writeOnnx } from './onnx-writer.ts';
import { heldBack } from './ops/layout.ts';
import { share } from './share.ts';
import { type Size, showShape } from './size.ts';
import type { Attributes, Emitter, Tensor } from './tensor.ts';

/** ONNX operator set; every standard operator used here exists in it. */
const opset = 21;

/** Layouts of packed matrices: 8 bits with a scale for each output, or 4 or 8 bits with a scale for each block of inputs. */
export type Packing = 'columns8' | 'blocks4' | 'blocks8';

export interface Packed {
  readonly packing: Packing;
  readonly values: { readonly offset: number; readonly byteLength: number };
  /** Of float32 scales. */
  readonly scales: { readonly offset: number; readonly byteLength: number };
  /** Whether the plain numbers are not in the file. */
  readonly only: boolean;
}

/** Where the numbers of a parameter lie: bytes of a file, or an array to embed. */
export type WeightSource =
  | {
      readonly kind: 'range';
      readonly file: string;
      readonly offset: number;
      readonly byteLength: number;
      readonly dtype: DType;
      /** The same numbers packed for products, in the same file (precision/). */
      readonly packed?: Packed;
    }
  | { readonly kind: 'data'; readonly value: NDArray };

/** `'inputs'`: every parameter is fed at each run, under its path. */
export type Weights = 'inputs' | ReadonlyMap<string, WeightSource>;

export interface Lowered {
  readonly bytes: Uint8Array;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Nodes of the emitted graph, for printing and counting. */
  readonly nodes: readonly OnnxNode[];
}

class GraphEmitter implements Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly #calls = new Map<string, string[]>();
  readonly #constants = new Map<string, string>();
  readonly #sizes = new Map<string, string>();
  readonly #symbols = new Map<string, { value: string; axis: number }>();
  #count = 0;

  /** Tells where a named size can be read: an axis of an input. */
  bindSymbols(inputs: readonly Tensor[], nameOf: (x: Tensor) => string): void {
    for (const x of inputs)
      for (const [axis, size] of x.shape.entries())
        if (
          typeof size !== 'number' &&
          !size.key.includes(' ') &&
          !size.key.includes('*') &&
          !this.#symbols.has(size.key)
        )
          this.#symbols.set(size.key, { value: nameOf(x), axis });
  }

  op(
    type: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    options: { outputs?: number; domain?: string } = {},
  ): string {
    return this.ops(type, inputs, attributes, { outputs: 1, ...options })[0];
  }

  ops(
    type: string,
    inputs: readonly string[],
    attributes: Attributes,
    { outputs, domain = '' }: { outputs: number; domain?: string },
  ): string[] {
    checkAttributes(attributes);
    // Operators are pure: what is asked for twice, also by different primitives, is computed once.
    const call = JSON.stringify([type, domain, inputs, attributes, outputs]);
    const known = this.#calls.get(call);
    if (known) return known;
    const results = Array.from({ length: outputs }, () => `%${this.#count++}`);
    this.#calls.set(call, results);
    this.nodes.push({ type, domain, name: results[0], inputs: [...inputs], outputs: results, attributes });
    return results;
  }

  constant(value: NDArray): string {
    // Small constants repeat (scales, axes, shapes): one initializer serves all equal ones.
    const key = value.data.length <= 16 ? `${value.dtype}${value.shape}:${value.data}` : undefined;
    const known = key && this.#constants.get(key);
    if (known) return known;
    const name = `%${this.#count++}`;
    if (key) this.#constants.set(key, name);
    this.embed(name, value);
    return name;
  }

  embed(name: string, { dtype, shape, data }: NDArray): void {
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    this.initializers.push({ name, dtype, shape, data: bytes });
  }

  sizes(values: readonly Size[]): string {
    if (values.every((v) => typeof v === 'number')) return this.constant(int64([values.length], values as number[]));
    const key = values.join(',');
    const known = this.#sizes.get(key);
    if (known) return known;
    const parts = values.map((v) => this.#size(v));
    const name = parts.length === 1 ? parts[0] : this.op('Concat', parts, { axis: 0 });
    this.#sizes.set(key, name);
    return name;
  }

  /** Lets a value leave the graph under a name. */
  output(name: string, value: string): void {
    this.nodes.push({
      type: 'Identity',
      domain: '',
      name: `output ${name}`,
      inputs: [value],
      outputs: [name],
      attributes: {},
    });
  }

  /** One size as an int64 vector of length 1. */
  #size(size: Size): string {
    if (typeof size === 'number') return this.constant(int64([1], [size]));
    const known = this.#sizes.get(size.key);
    if (known) return known;
    const terms = [...size.terms].map(([monomial, factor]) => {
      const names = monomial ? monomial.split('*') : [];
      const factors = names.map((name) => this.#symbol(name));
      if (factor !== 1 || factors.length === 0) factors.push(this.constant(int64([1], [factor])));
      return factors.reduce((a, b) => this.op('Mul', [a, b]));
    });
    const sum = terms.reduce((a, b) => this.op('Add', [a, b]));
    this.#sizes.set(size.key, sum);
    return sum;
  }

  #symbol(name: string): string {
    const known = this.#sizes.get(name);
    if (known) return known;
    const place = this.#symbols.get(name);
    if (!place) throw new ShapeError(`the size '${name}' is no axis of any input of this graph`);
    const value = this.op('Shape', [place.value], { start: place.axis, end: place.axis + 1 });
    this.#sizes.set(name, value);
    return value;
  }
}

function checkAttributes(attributes: Attributes): asserts attributes is Record<string, OnnxAttribute> {
  for (const [name, value] of Object.entries(attributes))
    if (typeof value !== 'number' && typeof value !== 'string' && !Array.isArray(value))
      throw new ShapeError(`attribute ${name} is neither a number, numbers nor a string`);
}

/** Declares a parameter as its source has it. */
function declareWeight(emit: GraphEmitter, path: string, x: Tensor, source: WeightSource) {
  const dtype = source.kind === 'range' ? source.dtype : source.value.dtype;
  // Values of the graph's own carry a mark that no input, output or parameter starts with.
  const name = `%${path}`;
  if (source.kind === 'data') emit.embed(name, { ...source.value, shape: x.shape as number[] });
  else {
    const { file, offset, byteLength, packed } = source;
    if (packed?.only) throw new ShapeError(`${path} is packed as ${packed.packing} and is read as plain numbers`);
    emit.initializers.push({ name, dtype, shape: x.shape as number[], data: { file, offset, byteLength } });
  }
  return { name, dtype };
}

/**
 * Widens a weight in every run, when `after` is there. The engine would else widen all weights first, at opening or at the
 * start of a run, and hold them together.
 */
function widenAfter(emit: GraphEmitter, weight: string, { dtype, shape }: Tensor, after: string): string {
  return emit.op('Cast', [heldBack(emit, weight, shape, after)], { to: onnxTypes[dtype] });
}

export interface LowerOptions {
  /** Half-precision matrices of files are widened in every run, each where it is read, and never held together. */
  keepNarrow?: boolean;
}

/** Emits the graph as ONNX bytes. External weight files are named as given; the runtime resolves them. */
export function lower(traced: Graph, weights: Weights, { keepNarrow = false }: LowerOptions = {}): Lowered {
  const graph = collect(share(traced.outputs));
  const emit = new GraphEmitter();
  const names = new Map<Tensor, string>();
  /** Weights as the file has them, which every reader widens for itself. */
  const narrow = new Map<Tensor, string>();
  const nameOf = (x: Tensor) => names.get(x)!;

  const leafName = (x: Tensor) => ('kind' in x.source && x.source.kind === 'input' ? x.source.name : '');
  for (const x of graph.inputs) names.set(x, leafName(x));
  const parameters = graph.parameters.map((x) => ({ x, path: (x.source as { path: string }).path }));
  for (const { x, path } of parameters) {
    if (weights === 'inputs') {
      names.set(x, path);
      continue;
    }
    const source = weights.get(path);
    if (!source) throw new ShapeError(`no weights for ${path} ${showShape(x.shape)}`);
    const { name, dtype } = declareWeight(emit, path, x, source);
    if (dtype === x.dtype) names.set(x, name);
    else if (keepNarrow && source.kind === 'range' && x.rank > 1) narrow.set(x, name);
    else names.set(x, emit.op('Cast', [name], { to: onnxTypes[x.dtype] }));
  }
  for (const x of graph.constants) names.set(x, emit.constant((x.source as { value: NDArray }).value));
  emit.bindSymbols(graph.inputs, nameOf);

  const read = new Set([...graph.nodes.flatMap((node) => node.inputs), ...Object.values(graph.outputs)]);
  for (const node of graph.nodes) {
    const used = node.outputs.map((y) => read.has(y));
    const inputs = node.inputs.map((x) => {
      const weight = narrow.get(x);
      const beside = node.inputs.find((other) => other !== x && names.has(other));
      return weight ? widenAfter(emit, weight, x, beside ? nameOf(beside) : weight) : nameOf(x);
    });
    const call = { node, attributes: node.attributes, inputs, used, emit };
    const results = [node.primitive.onnx(call)].flat();
    for (const [i, y] of node.outputs.entries()) if (used[i]) names.set(y, results[i]);
  }

  // Outputs are values of their own, so that one tensor can leave under two names and an input can leave at all.
  const outputs = Object.entries(graph.outputs).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  for (const { name } of outputs) emit.output(name, nameOf(graph.outputs[name]));
  const fed = [...graph.inputs, ...(weights === 'inputs' ? parameters.map(({ x }) => x) : [])];
  const { nodes, initializers } = emit;
  const bytes = writeOnnx({
    opsets: { '': opset, 'com.microsoft': 1 },
    nodes,
    initializers,
    inputs: fed.map((x) => ({ name: nameOf(x), dtype: x.dtype, shape: x.shape })),
    outputs,
  });
  return { bytes, inputs: fed.map(nameOf), outputs: Object.keys(graph.outputs), nodes };
}
