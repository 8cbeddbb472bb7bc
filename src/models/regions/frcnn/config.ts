/** Sizes and rules of a Faster R-CNN, from the `config.yaml` of the Hugging Face port (`unc-nlp/frcnn-vg-finetuned`). */
import * as z from 'zod';
import { CheckpointError } from '../../../core/index.ts';
import type { ResnetConfig } from '../../../nn/index.ts';
import { count, parseConfig } from '../../config.ts';

export interface FrcnnConfig {
  picture: {
    /** Pixels of the shorter side, and the most of the longer. */
    shorter: number;
    longest: number;
    /** Blue, green, red: what is taken off each, and what the rest is divided by. */
    mean: readonly number[];
    deviation: readonly number[];
  };
  backbone: ResnetConfig;
  anchors: { sizes: readonly number[]; ratios: readonly number[]; offset: number };
  proposals: {
    channels: number;
    before: number;
    after: number;
    threshold: number;
    longer: number;
    weights: readonly number[];
  };
  regions: {
    /** Objects and attributes, without the background of either. */
    classes: number;
    attributes: number;
    /** Parts that a region is pooled into, each way. */
    bins: number;
    /** Whether the last stage halves them. */
    halved: boolean;
    weights: readonly number[];
    /** The overlaps that the port tries in turn, and how many regions it wants. */
    overlaps: readonly number[];
    min: number;
    max: number;
  };
}

const blocksOf: Record<number, readonly number[]> = { 50: [3, 4, 6], 101: [3, 4, 23], 152: [3, 8, 36] };
const four = z.array(z.number().positive()).length(4);
const three = z.array(z.number()).length(3);
const threshold = z.number().min(0).max(1);

/** Where the file leaves a key out, the published detector's value. */
const schema = z.object({
  INPUT: z
    .object({
      FORMAT: z.literal('BGR').default('BGR'),
      MIN_SIZE_TEST: count.default(800),
      MAX_SIZE_TEST: count.default(1333),
    })
    .prefault({}),
  MODEL: z
    .object({
      MAX_POOL: z.boolean().default(true),
      PIXEL_MEAN: three.default([102.9801, 115.9465, 122.7717]),
      PIXEL_STD: three.default([1, 1, 1]),
    })
    .prefault({}),
  RESNETS: z
    .object({
      DEPTH: z.union([z.literal(50), z.literal(101), z.literal(152)]).default(101),
      NUM_GROUPS: z.literal(1).default(1),
      WIDTH_PER_GROUP: count.default(64),
      STEM_OUT_CHANNELS: count.default(64),
      RES2_OUT_CHANNELS: count.default(256),
      STRIDE_IN_1X1: z.boolean().default(true),
    })
    .prefault({}),
  ANCHOR_GENERATOR: z
    .object({
      SIZES: z
        .array(z.array(z.number().positive()))
        .length(1)
        .default([[64, 128, 256, 512]]),
      ASPECT_RATIOS: z
        .array(z.array(z.number().positive()))
        .length(1)
        .default([[0.5, 1, 2]]),
      OFFSET: z.number().min(0).lt(1).default(0),
    })
    .prefault({}),
  PROPOSAL_GENERATOR: z
    .object({ HIDDEN_CHANNELS: z.union([count, z.literal(-1)]).default(512), MIN_SIZE: z.number().min(0).default(0) })
    .prefault({}),
  RPN: z
    .object({
      PRE_NMS_TOPK_TEST: count.default(6000),
      POST_NMS_TOPK_TEST: count.default(300),
      NMS_THRESH: threshold.default(0.7),
      BBOX_REG_WEIGHTS: four.default([1, 1, 1, 1]),
    })
    .prefault({}),
  ROI_HEADS: z
    .object({
      NUM_CLASSES: count.default(1600),
      NMS_THRESH_TEST: z.union([threshold, z.array(threshold).min(1)]).default([0.5, 0.6, 0.7]),
    })
    .prefault({}),
  ROI_BOX_HEAD: z
    .object({
      ATTR: z.literal(true).default(true),
      NUM_ATTRS: count.default(400),
      POOLER_RESOLUTION: count.default(14),
      RES5HALVE: z.boolean().default(false),
      CLS_AGNOSTIC_BBOX_REG: z.literal(false).default(false),
      BBOX_REG_WEIGHTS: four.default([10, 10, 5, 5]),
    })
    .prefault({}),
  MIN_DETECTIONS: count.default(36),
  MAX_DETECTIONS: count.default(36),
});

/** Throws CheckpointError naming the file and the key that does not fit. */
export function frcnnConfig(value: unknown, file = 'config.yaml'): FrcnnConfig {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CheckpointError(`${file}: holds no table of settings; get the file again`);
  const c = parseConfig(schema, value, file);
  const { RESNETS: resnet, ROI_BOX_HEAD: box, ROI_HEADS: heads, PROPOSAL_GENERATOR: proposer } = c;
  const blocks = blocksOf[resnet.DEPTH];
  const lastWidth = resnet.RES2_OUT_CHANNELS * 2 ** (blocks.length - 1);
  return {
    picture: {
      shorter: c.INPUT.MIN_SIZE_TEST,
      longest: c.INPUT.MAX_SIZE_TEST,
      mean: c.MODEL.PIXEL_MEAN,
      deviation: c.MODEL.PIXEL_STD,
    },
    backbone: {
      stem: resnet.STEM_OUT_CHANNELS,
      inner: resnet.WIDTH_PER_GROUP,
      width: resnet.RES2_OUT_CHANNELS,
      blocks,
      strideInFirst: resnet.STRIDE_IN_1X1,
      caffePool: c.MODEL.MAX_POOL,
    },
    anchors: {
      sizes: c.ANCHOR_GENERATOR.SIZES[0],
      ratios: c.ANCHOR_GENERATOR.ASPECT_RATIOS[0],
      offset: c.ANCHOR_GENERATOR.OFFSET,
    },
    proposals: {
      channels: proposer.HIDDEN_CHANNELS === -1 ? lastWidth : proposer.HIDDEN_CHANNELS,
      before: c.RPN.PRE_NMS_TOPK_TEST,
      after: c.RPN.POST_NMS_TOPK_TEST,
      threshold: c.RPN.NMS_THRESH,
      longer: proposer.MIN_SIZE,
      weights: c.RPN.BBOX_REG_WEIGHTS,
    },
    regions: {
      classes: heads.NUM_CLASSES,
      attributes: box.NUM_ATTRS,
      bins: box.POOLER_RESOLUTION,
      halved: box.RES5HALVE,
      weights: box.BBOX_REG_WEIGHTS,
      overlaps: [heads.NMS_THRESH_TEST].flat(),
      min: c.MIN_DETECTIONS,
      max: c.MAX_DETECTIONS,
    },
  };
}
