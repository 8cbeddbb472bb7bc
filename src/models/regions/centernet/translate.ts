/**
 * Nodes of a TensorFlow graph as our tensors. TensorFlow keeps channels last and we keep them second, so axes are renamed
 * on the way, and kernels are turned once. b pictures, h and w positions, c channels.
 */
import {
  CheckpointError,
  concat,
  constant,
  conv,
  float32,
  type NDArray,
  resize,
  type Tensor,
} from '../../../core/index.ts';
import type { GraphModel, GraphNode } from './graph-model.ts';

/** [b, h, w, c] is [b, c, h, w] here. */
const axisHere = [0, 2, 3, 1];

interface Context {
  tensor(name: string): Tensor;
  /** Numbers that say how, not what: axes, sizes. */
  numbers(name: string): number[];
  kernel(name: string): NDArray;
}
type Rule = (node: GraphNode, context: Context) => Tensor;

const inputs = ({ inputs: [a, b] }: GraphNode, { tensor }: Context) => [tensor(a), tensor(b)];
const one =
  (f: (x: Tensor) => Tensor): Rule =>
  ({ inputs: [x] }, { tensor }) =>
    f(tensor(x));

/** Convolution, then what was fused into it. */
const convolution =
  (depthwise: boolean): Rule =>
  (node, { tensor, kernel }) => {
    const x = tensor(node.inputs[0]);
    const weight = kernelHere(kernel(node.inputs[1]), depthwise);
    const stride = node.numbers('strides').slice(1, 3);
    const dilation = node.numbers('dilations').slice(1, 3);
    const reach = [2, 3].map((axis, i) => ((weight.shape[axis] - 1) * (dilation[i] ?? 1)) as number);
    const [, , h, w] = x.shape as number[];
    const padding = node.text('padding') === 'SAME' ? samePadding([h, w], reach, stride) : 0;
    const groups = depthwise ? Number(x.shape[1]) : 1;
    let y = conv(x, constant(weight), undefined, { stride, padding, groups, ...(dilation.length && { dilation }) });
    for (const fused of node.texts('fused_ops')) {
      if (fused === 'BiasAdd') y = y.add(tensor(node.inputs[2]));
      else if (fused === 'Relu') y = y.relu();
      else if (fused === 'Relu6') y = relu6(y);
      else throw new CheckpointError(`${node.name}: the fused operation ${fused} is not known here`);
    }
    return y;
  };

/** TensorFlow's SAME: ⌈size / stride⌉ windows, and the odd pixel of padding at the end. */
function samePadding(sizes: readonly number[], reach: readonly number[], stride: readonly number[]): number[] {
  const all = sizes.map((size, i) => Math.max(0, (Math.ceil(size / stride[i]) - 1) * stride[i] + reach[i] + 1 - size));
  return [...all.map((pad) => Math.floor(pad / 2)), ...all.map((pad) => Math.ceil(pad / 2))];
}

/** [h, w, in, out], or of a depthwise one [h, w, in, each], → [out, in or 1, h, w]. */
function kernelHere({ shape: [h, w, from, to], data }: NDArray, depthwise: boolean): NDArray {
  const [out, each] = depthwise ? [from * to, 1] : [to, from];
  const turned = new Float32Array(data.length);
  for (let y = 0, at = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      for (let i = 0; i < from; i++)
        for (let o = 0; o < to; o++, at++) {
          const row = depthwise ? i * to + o : o * from + i;
          turned[(row * h + y) * w + x] = Number(data[at]);
        }
  return float32([out, each, h, w], turned);
}

const relu6 = (x: Tensor) => x.relu().minimum(6);

/** Only what detectors of this kind are made of. */
const rules: Record<string, Rule> = {
  _FusedConv2D: convolution(false),
  Conv2D: convolution(false),
  FusedDepthwiseConv2dNative: convolution(true),
  DepthwiseConv2dNative: convolution(true),
  Add: (node, context) => {
    const [a, b] = inputs(node, context);
    return a.add(b);
  },
  AddV2: (node, context) => rules.Add(node, context),
  Mul: (node, context) => {
    const [a, b] = inputs(node, context);
    return a.mul(b);
  },
  Relu: one((x) => x.relu()),
  Relu6: one(relu6),
  Sigmoid: one((x) => x.sigmoid()),
  Identity: one((x) => x),
  Mean: ({ inputs: [x, axes] }, { tensor, numbers }) =>
    tensor(x).mean(
      numbers(axes).map((axis) => axisHere[axis]),
      { keep: true },
    ),
  ConcatV2: ({ inputs: names }, { tensor, numbers }) => {
    const [axis] = numbers(names.at(-1)!);
    return concat(names.slice(0, -1).map(tensor), axisHere.at(axis)!);
  },
  ResizeBilinear: (node, { tensor, numbers }) => {
    const [height, width] = numbers(node.inputs[1]);
    const alignCorners = node.flag('align_corners');
    const alignFirst = !alignCorners && !node.flag('half_pixel_centers');
    return resize(tensor(node.inputs[0]), height, width, { mode: 'bilinear', alignCorners, alignFirst });
  },
};

/**
 * Traces the nodes of these names.
 * @param pixels what the graph's only placeholder stands for, [b, c, h, w]
 */
export function translate({ nodes, constants, path }: GraphModel, wanted: readonly string[], pixels: Tensor): Tensor[] {
  const known = new Map<string, Tensor>();
  const stored = (name: string): NDArray => {
    const value = constants.get(name);
    if (!value) throw new CheckpointError(`${path}: ${name} is no constant, and is used as one`);
    return value;
  };
  const context: Context = {
    tensor: (name) => known.get(name) ?? keep(name, traced(name)),
    numbers: (name) => Array.from(stored(name).data, Number),
    kernel: stored,
  };
  const keep = (name: string, value: Tensor) => {
    known.set(name, value);
    return value;
  };
  const traced = (name: string): Tensor => {
    const value = constants.get(name);
    if (value)
      return constant(
        value.shape.length === 1 ? float32([1, value.shape[0], 1, 1], value.data as Float32Array) : value,
      );
    const node = nodes.get(name);
    if (!node) throw new CheckpointError(`${path}: has no node ${name}; it is not the detector that is read here`);
    if (node.op === 'Placeholder') return pixels;
    const rule = rules[node.op];
    if (!rule) throw new CheckpointError(`${path}: the operation ${node.op} of ${name} is not known here`);
    return rule(node, context);
  };
  return wanted.map(context.tensor);
}
