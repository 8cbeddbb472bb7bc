/** Which parameters are packed and how, read off a model's trace: by what reads them, never by what they are called. */
import type { Node, Packing, ParameterList, Tensor } from '../core/index.ts';
import { nodeOf, readersOf } from '../core/tensor.ts';
import type { Precision } from './dtype.ts';
import { fits } from './pack.ts';
import { isLinear } from './products.ts';

/** How one parameter is stored. */
export type Treatment =
  | { readonly kind: 'half' }
  /** `only`: nothing reads it but products, so the plain numbers are not kept beside the packed ones. */
  | { readonly kind: 'packed'; readonly packing: Packing; readonly only: boolean };

/** Products with fewer inputs or outputs gain nothing, and the small heads among them decide most. They stay float32. */
const smallest = 64;

/** A matrix this many times as tall as wide ends in a vocabulary. Its rounding goes straight into the logits. */
const vocabularyRatio = 8;

/** Parameters that change, by path; all others stay as the file has them. */
export function planOf(parameters: ParameterList, precision: Precision): Map<string, Treatment> {
  const plan = new Map<string, Treatment>();
  const reads = textReader();
  for (const { path, shape, tensor } of parameters) {
    if (precision === 'fp16' && shape.length >= 2) plan.set(path, { kind: 'half' });
    if ((precision !== 'q8' && precision !== 'q4') || !isProduct(tensor)) continue;
    const readers = readersOf(tensor);
    const products = readers.filter((node) => isProductWith(node, tensor));
    const packing = packingOf(
      shape,
      precision,
      products.some(({ inputs: [x] }) => reads(x)),
    );
    if (packing) plan.set(path, { kind: 'packed', packing, only: products.length === readers.length });
  }
  return plan;
}

/** Numbers in the products that can be packed. */
export const productNumbers = (parameters: ParameterList): number =>
  [...parameters].reduce(
    (sum, { shape, tensor }) => sum + (isProduct(tensor) && large(shape) ? shape[0] * shape[1] : 0),
    0,
  );

const isProductWith = (node: Node, weight: Tensor) => isLinear(node) && node.inputs[1] === weight;
const isProduct = (weight: Tensor) => readersOf(weight).some((node) => isProductWith(node, weight));
const large = ([rows, columns]: readonly number[]) => rows >= smallest && columns >= smallest;

function packingOf(shape: readonly number[], precision: 'q8' | 'q4', ofText: boolean): Packing | undefined {
  const [rows, columns] = shape;
  if (!large(shape)) return undefined;
  // A vocabulary meets one row a sentence: blocks are as fast there, and finer (docs/performance.md).
  if (rows >= vocabularyRatio * columns && fits('blocks8', columns)) return 'blocks8';
  return precision === 'q4' && ofText && fits('blocks4', columns) ? 'blocks4' : 'columns8';
}

/** Whether a tensor depends on tokens of a text: on an input of whole numbers. What only pictures reach does not. */
function textReader(): (x: Tensor) => boolean {
  const known = new Map<Tensor, boolean>();
  return (start) => {
    const stack = [start];
    while (stack.length) {
      const x = stack[stack.length - 1];
      const node = nodeOf(x);
      const open = node?.inputs.filter((from) => !known.has(from)) ?? [];
      if (open.length && !known.has(x)) {
        stack.push(...open);
        continue;
      }
      stack.pop();
      const isText = 'kind' in x.source && x.source.kind === 'input' && x.dtype === 'int64';
      known.set(x, isText || (node?.inputs.some((from) => known.get(from)) ?? false));
    }
    return known.get(start)!;
  };
}
