/**
 * The detectors of UNITER as their original repositories compute them: `frcnn` cases come from Detectron's port, `butd` cases
 * from bottom-up attention in Caffe. Rules that run on the host are run while inputs are prepared, and handed through.
 */
import { float32, int64, maxRoiPool, type NDArray, type Params, ShapeError, type Tensor } from '../../core/index.ts';
import { bottleneck, frozenConv, resnetStem } from '../../nn/index.ts';
import type { Named, ReferenceClass } from '../reference.ts';
import { anchorShapes, anchorsOn, caffeAnchorShapes, inAnchorOrder } from './anchors.ts';
import { areaOf, type Boxes, boxAt, clip, deltasOf, longerThan, moved, overlap, pick, scaled } from './boxes.ts';
import { chooseBySurvival, chooseDetections, movedForClasses, probabilities } from './choose.ts';
import { judge, stride } from './frcnn/model.ts';
import { judgeRules, partRules } from './frcnn/weights.ts';
import { caffeProposals, largestGrowth, topProposals } from './proposals.ts';
import { suppress, suppressPerClass } from './suppress.ts';

type Options = Record<string, unknown>;
type HostCase = (inputs: Named<NDArray>, options: Options) => Named<NDArray>;

const numbers = ({ data }: NDArray) => data as Float32Array;
const boxes = (values: Boxes) => float32([values.length / 4, 4], values);
const list = (values: ArrayLike<number>) => float32([values.length], values);
const whole = (values: readonly (number | boolean)[]) => int64([values.length], values.map(Number));
const size = (value: unknown) => value as readonly [number, number];
const list64 = (value: unknown) => value as readonly number[];

/** Cases that need no graph. */
const onHost: Record<string, HostCase> = {
  anchors(_, { sizes, aspect_ratios, stride, offset, map_size }) {
    const shapes = anchorShapes(list64(sizes), list64(aspect_ratios));
    const [rows, columns] = size(map_size);
    const grid = { rows, columns, stride: Number(stride), offset: Number(offset) };
    return { cell_anchors: boxes(shapes), anchors: boxes(anchorsOn(grid, shapes)) };
  },

  decode({ anchors, rpn_deltas, proposals, roi_deltas, targets }, { rpn_weights, roi_weights }) {
    const options = (weights: unknown) => ({ weights: list64(weights), largest: largestGrowth });
    const moves = moved(numbers(proposals), numbers(roi_deltas), options(roi_weights));
    return {
      rpn_boxes: boxes(moved(numbers(anchors), numbers(rpn_deltas), options(rpn_weights))),
      roi_boxes: float32(roi_deltas.shape, moves),
      encoded_rpn: boxes(deltasOf(numbers(anchors), numbers(targets), list64(rpn_weights))),
      encoded_roi: boxes(deltasOf(numbers(anchors), numbers(targets), list64(roi_weights))),
    };
  },

  clip({ boxes: given }, { image_size }) {
    const [height, width] = size(image_size);
    const clipped = clip(numbers(given), width, height);
    return {
      clipped: boxes(clipped),
      area: list(Array.from({ length: clipped.length / 4 }, (_, i) => areaOf(boxAt(clipped, i)))),
      nonempty: whole(longerThan(clipped, 0)),
      nonempty_over_16: whole(longerThan(clipped, 16)),
    };
  },

  nms({ boxes: given, scores, classes }, { thresholds }) {
    const [all, score] = [numbers(given), numbers(scores)];
    const count = score.length;
    const shared = Array.from({ length: 8 * count }, (_, i) =>
      overlap(boxAt(all, Math.floor(i / count)), boxAt(all, i % count)),
    );
    const outputs: Named<NDArray> = { iou_first_8: float32([8, count], shared) };
    for (const threshold of list64(thresholds)) {
      outputs[`keep_${threshold}`] = whole(suppress(all, score, threshold));
      const each = suppressPerClass(all, score, classes.data as BigInt64Array, threshold);
      outputs[`keep_per_class_${threshold}`] = whole(each);
    }
    return outputs;
  },

  'butd-nms'({ boxes: given, scores }, { thresholds }) {
    const kept = (threshold: number) => suppress(numbers(given), numbers(scores), threshold, { inclusive: true });
    return Object.fromEntries(list64(thresholds).map((t) => [`keep_${t}`, whole(kept(t))]));
  },

  proposals({ logits, deltas }, options) {
    const [rows, columns] = size(options.map_size);
    const shapes = anchorShapes(list64(options.sizes), list64(options.aspect_ratios));
    const grid = { rows, columns, stride: Number(options.stride), offset: Number(options.offset) };
    const anchors = anchorsOn(grid, shapes);
    const count = anchors.length / 4;
    const outputs: Named<NDArray> = {};
    for (const [i, [height, width]] of (options.image_sizes as [number, number][]).entries()) {
      const score = numbers(logits).subarray(i * count, (i + 1) * count);
      const delta = numbers(deltas).subarray(4 * i * count, 4 * (i + 1) * count);
      const found = topProposals(anchors, score, delta, {
        ...{ width, height, threshold: Number(options.nms_threshold), longer: Number(options.min_box_side) },
        ...{ before: Number(options.pre_nms_topk), after: Number(options.post_nms_topk) },
      });
      outputs[`boxes_${i}`] = boxes(found.boxes);
      outputs[`logits_${i}`] = list(found.scores);
    }
    return outputs;
  },

  'butd-proposals'({ objectness, deltas }, options) {
    const [rows, columns] = size(options.map_size);
    const [height, width] = size(options.image_size);
    const shapes = caffeAnchorShapes(list64(options.scales), [0.5, 1, 2]);
    const each = shapes.length / 4;
    const found = caffeProposals(
      anchorsOn({ rows, columns, stride: Number(options.stride) }, shapes),
      inAnchorOrder(numbers(objectness), each, 1),
      inAnchorOrder(numbers(deltas), each, 4),
      {
        ...{ width, height, threshold: Number(options.nms_threshold) },
        ...{ before: Number(options.pre_nms_topk), after: Number(options.post_nms_topk) },
        longer: Number(options.min_size_before_scale) * Number(options.image_scale),
      },
    );
    const withPicture = Array.from(found.scores, (_, i) => [0, ...boxAt(found.boxes, i)]).flat();
    return {
      cell_anchors: boxes(shapes),
      decoded: boxes(found.decoded),
      clipped: boxes(found.clipped),
      rois: float32([found.scores.length, 5], withPicture),
      roi_scores: list(found.scores),
    };
  },

  detections({ proposals, class_logits, deltas }, options) {
    const [height, width] = size(options.image_size);
    const table = probabilities({ data: numbers(class_logits), width: class_logits.shape[1] });
    const moves = { data: numbers(deltas), width: deltas.shape[1] };
    const weights = [10, 10, 5, 5];
    const all = movedForClasses(numbers(proposals), moves, weights, width, height);
    const uncut = moved(numbers(proposals), moves.data, { weights, largest: largestGrowth });
    const outputs: Named<NDArray> = {
      boxes: float32(deltas.shape, uncut),
      probabilities: float32(class_logits.shape, table.data),
    };
    for (const overlap of list64(options.nms_thresholds)) {
      const most = Number(options.topk);
      const kept = chooseDetections(all, table, { threshold: Number(options.score_threshold), overlap, most });
      outputs[`boxes_${overlap}`] = boxes(kept.boxes);
      outputs[`scores_${overlap}`] = list(kept.scores);
      outputs[`classes_${overlap}`] = whole(kept.classes);
      outputs[`rows_${overlap}`] = whole(kept.rows);
    }
    return outputs;
  },

  'butd-selection'({ proposals, class_probabilities, features }, options) {
    const [n, columns] = class_probabilities.shape;
    const [height, width] = size(options.original_size);
    const table = numbers(class_probabilities);
    const objects = Float32Array.from({ length: n * (columns - 1) }, (_, i) => {
      const [row, k] = [Math.floor(i / (columns - 1)), i % (columns - 1)];
      return table[row * columns + k + 1];
    });
    const places = scaled(numbers(proposals), 1 / Number(options.image_scale));
    const { rows, scores } = chooseBySurvival(
      places,
      { data: objects, width: columns - 1 },
      {
        threshold: Number(options.confidence_threshold),
        min: Number(options.min_boxes),
        max: Number(options.max_boxes),
      },
      { overlap: Number(options.nms_threshold) },
    );
    const of = ({ data, shape: [, width] }: NDArray) =>
      float32(
        [rows.length, width],
        rows.flatMap((row) => Array.from((data as Float32Array).subarray(row * width, (row + 1) * width))),
      );
    const shares = rows.flatMap((row) => {
      const [x1, y1, x2, y2] = boxAt(places, row);
      return [x1 / width, y1 / height, x2 / width, y2 / height, (x2 - x1) / width, (y2 - y1) / height];
    });
    return {
      boxes: boxes(pick(places, rows)),
      norm_bb: float32([rows.length, 6], shares),
      features: of(features),
      conf: float32([rows.length, 1], scores),
      soft_labels: of(class_probabilities),
    };
  },
};

type GraphCase = (p: Params, inputs: Named<Tensor>, config: Record<string, number>, options: Options) => Named<Tensor>;

const inGraph: Record<string, GraphCase> = {
  backbone(p, { image }, config) {
    const stem = { stem: config.stem_channels, caffePool: true };
    const pooled = resnetStem(p.at('stem'), image, stem);
    const convolved = { channels: config.stem_channels, kernel: 7, stride: 2 };
    const block = { inner: config.bottleneck_channels, width: config.block_channels, stride: 2, strideInFirst: true };
    return {
      after_conv: frozenConv(p.at('stem.conv'), image, convolved).relu(),
      stem: pooled,
      block: bottleneck(p.at('block'), pooled, block),
    };
  },

  'attribute-head'(p, { features }, config) {
    const sizes = { classes: config.class_count, attributes: config.attribute_count };
    const { classes, attributes, deltas } = judge(p, features, sizes);
    const real = attributes.slice(1, 0, config.attribute_count).softmax();
    const square = (x: Tensor) => x.mul(x).mean();
    return {
      class_logits: classes,
      attribute_logits: attributes,
      box_deltas: deltas,
      class_argmax: classes.argmax(),
      attribute_probability: real.max(1),
      attribute_label: real.argmax(),
      loss: square(classes).add(square(attributes)).add(square(deltas)),
    };
  },

  'roi-pool': (_, { map, rois }, __, { output_sizes }) =>
    Object.fromEntries(
      list64(output_sizes).map((bins) => [`pooled_${bins}`, maxRoiPool(map, rois, { bins, scale: 1 / stride })]),
    ),
};

/** Boxes of several pictures as one list, each with the number of its picture. */
function withPictures(inputs: Named<NDArray>): NDArray {
  const rows = Object.keys(inputs)
    .filter((name) => name.startsWith('boxes_'))
    .flatMap((name, picture) =>
      Array.from({ length: inputs[name].shape[0] }, (_, i) => [picture, ...boxAt(numbers(inputs[name]), i)]),
    );
  return float32([rows.length, 5], rows.flat());
}

const host = 'host.';

export const originalRegions: ReferenceClass = {
  prepare(feeds, _, options) {
    const task = taskOf(options);
    if (task === 'roi-pool') return { map: feeds.map, rois: withPictures(feeds) };
    if (!onHost[task]) return feeds;
    // A graph's inputs and outputs may not share a name.
    return Object.fromEntries(
      Object.entries(onHost[task](feeds, options)).map(([name, value]) => [host + name, value]),
    );
  },
  trace(p, config, inputs, options) {
    const task = taskOf(options);
    if (inGraph[task]) return inGraph[task](p, inputs, config as Record<string, number>, options);
    return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name.slice(host.length), value]));
  },
  names: () => ({ rules: [...judgeRules, ...partRules] }),
};

/** The stored task is words for people; the case's own name says it in one. */
function taskOf({ task }: Options): string {
  const name = String(task);
  if (onHost[name] || inGraph[name]) return name;
  throw new ShapeError(`no region task '${name}' here; known are ${[...Object.keys(onHost), ...Object.keys(inGraph)]}`);
}
