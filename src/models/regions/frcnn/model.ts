/**
 * Faster R-CNN on ResNet-C4 with attributes (arXiv 1506.01497; attributes: arXiv 1707.07998, section 3.1): one map of the
 * picture, proposals on it, and a last stage of the ResNet for each. b pictures, r rows and c columns of the map,
 * a anchors at each position, n regions.
 */
import { concat, conv, gather, init, maxRoiPool, type Params, type Tensor } from '../../../core/index.ts';
import { linear, resnet, resnetStage, table } from '../../../nn/index.ts';
import type { FrcnnConfig } from './config.ts';

/** Pixels a position of the map. */
export const stride = 16;

const small = { weight: init.normal(0.01) };

/** Where objects could be. */
export interface Seen {
  /** [b, width, r, c] */
  map: Tensor;
  /** How likely each anchor shows an object, [b, a, r, c] */
  objectness: Tensor;
  /** How each anchor would be moved, [b, 4a, r, c] */
  deltas: Tensor;
}

/** Pixels [b, 3, h, w], blue first → the map, and what the proposal network says of every anchor. */
export function see(p: Params, pixels: Tensor, { backbone, anchors, proposals }: FrcnnConfig): Seen {
  const map = resnet(p.at('backbone'), pixels, backbone);
  const shapes = anchors.sizes.length * anchors.ratios.length;
  const hidden = convolve(p.at('proposals.hidden'), map, proposals.channels, 3).relu();
  return {
    map,
    objectness: convolve(p.at('proposals.objectness'), hidden, shapes, 1),
    deltas: convolve(p.at('proposals.deltas'), hidden, 4 * shapes, 1),
  };
}

function convolve(p: Params, x: Tensor, channels: number, kernel: number): Tensor {
  const weight = p.get('weight', [channels, Number(x.size(1)), kernel, kernel], small.weight);
  return conv(x, weight, p.get('bias', [channels]), { padding: (kernel - 1) / 2 });
}

export interface Looked extends Judged {
  /** Not negative, float32 [n, 8 · width of the first stage] */
  features: Tensor;
}

/** Looks at regions: boxes [n, 5] are the number of the picture and the corners in its pixels. */
export function look(p: Params, map: Tensor, boxes: Tensor, config: FrcnnConfig): Looked {
  const { backbone, regions } = config;
  const pooled = maxRoiPool(map, boxes, { bins: regions.bins, scale: 1 / stride });
  const last = backbone.blocks.length;
  const tower = resnetStage(p.at('tower'), pooled, {
    count: 3,
    inner: backbone.inner * 2 ** last,
    width: backbone.width * 2 ** last,
    // Visual Genome's detector keeps all parts of a region, and widens the kernels instead.
    ...(regions.halved ? { stride: 2 } : { dilation: 2 }),
    strideInFirst: backbone.strideInFirst,
  });
  const features = tower.mean([2, 3]);
  return { features, ...judge(p.at('judge'), features, regions) };
}

export interface Judged {
  /** Background last, [n, classes + 1] */
  classes: Tensor;
  /** No attribute last, [n, attributes + 1] */
  attributes: Tensor;
  /** How the box would be moved for each class, [n, 4 · classes] */
  deltas: Tensor;
}

/** What a region [n, f] shows. Attributes are those of the likeliest class, the background included. */
export function judge(
  p: Params,
  features: Tensor,
  { classes, attributes }: Pick<FrcnnConfig['regions'], 'classes' | 'attributes'>,
): Judged {
  const logits = linear(p.at('class'), features, classes + 1, small);
  const kind = gather(table(p.at('classTable'), classes + 1, features.width / 8), logits.argmax());
  const hidden = linear(p.at('attributeHidden'), concat([features, kind], 1), features.width / 4).relu();
  return {
    classes: logits,
    attributes: linear(p.at('attribute'), hidden, attributes + 1),
    deltas: linear(p.at('move'), features, 4 * classes, { weight: init.normal(0.001) }),
  };
}
