/** The engine: symbolic tensors, tracing, gradients, printing and lowering to ONNX. Imports nothing outside this folder. */
import './methods.ts';

export * from './array.ts';
export * from './errors.ts';
export { type GradOptions, grad } from './grad.ts';
export { flopsOf, type Graph, graph, printGraph, sizeNames } from './graph.ts';
export { type Lowered, lower, type Packed, type Packing, type WeightSource, type Weights } from './lower.ts';
export type { GeluVariant } from './ops/activation.ts';
export { type AttentionOptions, attention } from './ops/attention.ts';
export { boundary } from './ops/boundary.ts';
export { type ConvOptions, conv } from './ops/conv.ts';
export { type Operand, where } from './ops/elementwise.ts';
export { filled, gather, range, scatterAlong, scatterRows, takeAlong, topK } from './ops/indexing.ts';
export { concat } from './ops/layout.ts';
export { type CrossEntropyOptions, crossEntropy } from './ops/loss.ts';
export { einsum, linear, type MatmulOptions, matmul } from './ops/matmul.ts';
export { layerNorm, rmsNorm } from './ops/norm.ts';
export { type MaxPoolOptions, maxPool, maxRoiPool } from './ops/pool.ts';
export { dropout, Key, saltOf, uniformNumber } from './ops/random.ts';
export { countOf } from './ops/reduce.ts';
export { type ResizeOptions, resize } from './ops/resize.ts';
export { type Init, init, type Parameter, ParameterList, Params } from './params.ts';
export { share } from './share.ts';
export {
  addSizes,
  Dim,
  dim,
  divideSizes,
  evaluateSize,
  multiplySizes,
  productOf,
  type Shape,
  type Size,
  sameShape,
  sameSize,
  showShape,
  subtractSizes,
} from './size.ts';
export { constant, input, type Node, scalar, Tensor } from './tensor.ts';
