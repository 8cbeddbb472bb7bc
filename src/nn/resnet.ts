/**
 * ResNet (arXiv 1512.03385) with frozen batch norm, as detectors use it. b pictures, c channels, h and w positions.
 *
 * A frozen norm multiplies and shifts each channel by stored numbers. That is folded into the convolution before it, so
 * the engine computes both as one.
 */
import { conv, type Init, init, maxPool, type Params, type Tensor } from '../core/index.ts';

export interface ResnetConfig {
  /** Channels that the stem gives. */
  stem: number;
  /** Channels of the first stage: inside its bottlenecks, and between them. Each later stage has twice as many. */
  inner: number;
  width: number;
  /** Bottlenecks of each stage. */
  blocks: readonly number[];
  /** Whether a stage is halved by its first 1×1 convolution (Caffe's weights) or by its 3×3 (PyTorch's). */
  strideInFirst: boolean;
  /** Caffe's pooling of the stem: no padding, and the last window may reach over the edge. */
  caffePool: boolean;
}

/** Added to the stored variance; published detectors all use it. */
const epsilon = 1e-5;

interface FrozenConv {
  channels: number;
  kernel: number;
  stride?: number;
  dilation?: number;
  /** How a fresh norm's gain is drawn. */
  gain?: Init;
}

/** A convolution without bias, then the norm under `norm`; padded so that only the stride changes the size. */
export function frozenConv(p: Params, x: Tensor, options: FrozenConv): Tensor {
  const { channels, kernel, stride = 1, dilation = 1, gain: fresh = init.ones } = options;
  const from = Number(x.size(1));
  const weight = p.get(
    'weight',
    [channels, from, kernel, kernel],
    init.normal(Math.sqrt(2 / (channels * kernel ** 2))),
  );
  const norm = p.at('norm');
  const gain = norm.get('weight', [channels], fresh);
  const scale = gain.div(norm.get('variance', [channels], init.ones).add(epsilon).sqrt());
  const shift = norm.get('bias', [channels]).sub(norm.get('mean', [channels]).mul(scale));
  const padding = ((kernel - 1) / 2) * dilation;
  return conv(x, weight.mul(scale.reshape([channels, 1, 1, 1])), shift, { stride, padding, dilation });
}

/** Pictures → a quarter of their size. */
export function resnetStem(p: Params, pixels: Tensor, { stem, caffePool }: Pick<ResnetConfig, 'stem' | 'caffePool'>) {
  const x = frozenConv(p.at('conv'), pixels, { channels: stem, kernel: 7, stride: 2 }).relu();
  return maxPool(x, { kernel: 3, stride: 2, ...(caffePool ? { ceil: true } : { padding: 1 }) });
}

export interface BottleneckOptions {
  inner: number;
  width: number;
  stride?: number;
  dilation?: number;
  strideInFirst: boolean;
}

/** Dozens of fresh blocks would otherwise double their numbers each (arXiv 1706.02677, section 5.1, begins at 0). */
const nearIdentity = init.constant(0.25);

/** 1×1, 3×3, 1×1, and around them the input itself, or its projection where the shape changes. */
export function bottleneck(p: Params, x: Tensor, options: BottleneckOptions): Tensor {
  const { inner, width, stride = 1, dilation, strideInFirst } = options;
  const [first, second] = strideInFirst ? [stride, 1] : [1, stride];
  let y = frozenConv(p.at('conv1'), x, { channels: inner, kernel: 1, stride: first }).relu();
  y = frozenConv(p.at('conv2'), y, { channels: inner, kernel: 3, stride: second, dilation }).relu();
  y = frozenConv(p.at('conv3'), y, { channels: width, kernel: 1, gain: nearIdentity });
  const around = x.size(1) === width ? x : frozenConv(p.at('shortcut'), x, { channels: width, kernel: 1, stride });
  return y.add(around).relu();
}

export interface StageOptions extends BottleneckOptions {
  count: number;
}

/** `count` bottlenecks; the first has the stride. */
export function resnetStage(p: Params, x: Tensor, { count, stride, ...block }: StageOptions): Tensor {
  let y = bottleneck(p.at(0), x, { ...block, stride });
  for (let i = 1; i < count; i++) y = bottleneck(p.at(i), y, block);
  return y;
}

/** Pixels [b, 3, h, w] → the map after the last of the stages that `blocks` lists. */
export function resnet(
  p: Params,
  pixels: Tensor,
  { stem, inner, width, blocks, strideInFirst, caffePool }: ResnetConfig,
) {
  let x = resnetStem(p.at('stem'), pixels, { stem, caffePool });
  for (const [i, count] of blocks.entries()) {
    const sizes = { inner: inner * 2 ** i, width: width * 2 ** i };
    x = resnetStage(p.at('stages', i), x, { count, ...sizes, stride: i === 0 ? 1 : 2, strideInFirst });
  }
  return x;
}
