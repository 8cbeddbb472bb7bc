/** Before lowering: products whose weights the file holds packed become the engine's products of that kind. */
import {
  graph as collect,
  type Graph,
  type Node,
  type Packed,
  ShapeError,
  Tensor,
  type WeightSource,
} from '../core/index.ts';
import { applyAll } from '../core/tensor.ts';
import { bitsOf, blockSize, packedSizes } from './pack.ts';
import { isLinear, linearBlocks, linearColumns8, type Rounded, roundTo8Bits } from './products.ts';

type WeightMap = ReadonlyMap<string, WeightSource>;

const pathOf = (x: Tensor): string | undefined =>
  'kind' in x.source && x.source.kind === 'parameter' ? x.source.path : undefined;

/** The same computation on packed weights. Undefined where no weight is packed. */
export function usePacked(graph: Graph, weights: WeightMap): { graph: Graph; weights: WeightMap } | undefined {
  const packedOf = (x: Tensor) => {
    const source = weights.get(pathOf(x) ?? '');
    return source?.kind === 'range' ? source.packed : undefined;
  };
  if (!graph.parameters.some(packedOf)) return undefined;

  const sources = new Map(weights);
  const replaced = new Map<Tensor, Tensor>();
  const now = (x: Tensor) => replaced.get(x) ?? x;
  const leaves = leafMaker(weights, sources);
  const rounded = new Map<Tensor, Rounded>();
  const rounding = (x: Tensor) => {
    const known = rounded.get(x) ?? roundTo8Bits(x);
    rounded.set(x, known);
    return known;
  };

  const product = ({ inputs: [x, weight, bias] }: Node, { packing }: Packed): Tensor => {
    const operands = { ...leaves(weight), bias: bias && now(bias) };
    if (packing === 'columns8') return linearColumns8(rounding(now(x)), operands);
    return linearBlocks(now(x), operands, bitsOf(packing));
  };

  for (const node of graph.nodes) {
    const packed = isLinear(node) ? packedOf(node.inputs[1]) : undefined;
    if (packed) replaced.set(node.outputs[0], product(node, packed));
    else if (node.inputs.some((x) => replaced.has(x))) {
      const outputs = applyAll(node.primitive, node.inputs.map(now), node.attributes);
      for (const [i, y] of node.outputs.entries()) replaced.set(y, outputs[i]);
    }
  }
  const result = collect(Object.fromEntries(Object.entries(graph.outputs).map(([name, x]) => [name, now(x)])));
  const lost = result.parameters.find((x) => packedOf(x)?.only);
  if (lost)
    throw new ShapeError(
      `${pathOf(lost)} is stored for products alone and is read otherwise here; quantize the model again`,
    );
  return { graph: result, weights: sources };
}

/** Leaves for the values and scales of a packed weight, each made once, and their places in `sources`. */
function leafMaker(weights: WeightMap, sources: Map<string, WeightSource>) {
  const made = new Map<string, { values: Tensor; scales: Tensor }>();
  return (weight: Tensor) => {
    const path = pathOf(weight)!;
    const known = made.get(path);
    if (known) return known;
    const source = weights.get(path) as Extract<WeightSource, { kind: 'range' }>;
    const { packing, values, scales } = source.packed!;
    const [rows, columns] = weight.shape as number[];
    const sizes = packedSizes(packing, rows, columns);
    const shape =
      packing === 'columns8' ? [columns, rows] : [rows, columns / blockSize, (blockSize * bitsOf(packing)) / 8];
    const leaf = (part: string, dtype: 'int8' | 'uint8' | 'float32', shape: number[], span: Packed['values']) => {
      const name = `${path}:${part}`;
      sources.set(name, { kind: 'range', file: source.file, dtype, ...span });
      return new Tensor({ dtype, shape }, { kind: 'parameter', path: name });
    };
    const pair = {
      values: leaf('values', packing === 'columns8' ? 'int8' : 'uint8', shape, values),
      scales: leaf('scales', 'float32', [sizes.scales], scales),
    };
    made.set(path, pair);
    return pair;
  };
}
