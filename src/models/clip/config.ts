/** Sizes of CLIP's towers, from `config.json`. */
import * as z from 'zod';
import type { ClipTextConfig, VisionConfig } from '../../nn/index.ts';
import { blockKeys, blockSizes, count } from '../config.ts';

/** CLIP's picture tower; GIT uses the same keys with a smaller patch. */
export const clipVisionSchema = (defaults: { patch_size: number }) =>
  z
    .object({
      ...blockKeys({ activation: 'quick_gelu' }),
      num_channels: count.default(3),
      image_size: count.default(224),
      patch_size: count.default(defaults.patch_size),
      layer_norm_eps: z.number().default(1e-5),
    })
    .transform(
      (c): VisionConfig => ({
        ...blockSizes(c),
        channels: c.num_channels,
        imageSize: c.image_size,
        patchSize: c.patch_size,
        patchBias: false,
        preNorm: true,
      }),
    );

export const clipTextSchema = z
  .object({
    vocab_size: count.default(49408),
    ...blockKeys({ width: 512, heads: 8, hidden: 2048, activation: 'quick_gelu' }),
    max_position_embeddings: count.default(77),
    layer_norm_eps: z.number().default(1e-5),
    eos_token_id: z.int().default(49407),
  })
  .transform(
    (c): ClipTextConfig => ({
      ...blockSizes(c),
      vocabulary: c.vocab_size,
      positions: c.max_position_embeddings,
      eos: c.eos_token_id,
    }),
  );

export const clipSchema = z.object({
  text_config: clipTextSchema.prefault({}),
  vision_config: clipVisionSchema({ patch_size: 32 }).prefault({}),
  projection_dim: count.default(512),
  logit_scale_init_value: z.number().default(2.6592),
});

export type ClipConfig = z.output<typeof clipSchema>;
