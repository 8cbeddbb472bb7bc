/** Sizes of CLIP's towers, from `config.json`. */
import { z } from 'zod';
import type { ClipTextConfig, VisionConfig } from '../../nn/index.ts';
import { activation, count } from '../config.ts';

/** CLIP's picture tower; GIT uses the same keys with a smaller patch. */
export const clipVisionSchema = (defaults: { patch_size: number }) =>
  z
    .object({
      hidden_size: count.default(768),
      intermediate_size: count.default(3072),
      num_hidden_layers: count.default(12),
      num_attention_heads: count.default(12),
      num_channels: count.default(3),
      image_size: count.default(224),
      patch_size: count.default(defaults.patch_size),
      hidden_act: activation.default('quick_gelu'),
      layer_norm_eps: z.number().default(1e-5),
    })
    .transform(
      (c): VisionConfig => ({
        width: c.hidden_size,
        layers: c.num_hidden_layers,
        heads: c.num_attention_heads,
        hidden: c.intermediate_size,
        activation: c.hidden_act,
        eps: c.layer_norm_eps,
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
    hidden_size: count.default(512),
    intermediate_size: count.default(2048),
    num_hidden_layers: count.default(12),
    num_attention_heads: count.default(8),
    max_position_embeddings: count.default(77),
    hidden_act: activation.default('quick_gelu'),
    layer_norm_eps: z.number().default(1e-5),
    eos_token_id: z.int().default(49407),
  })
  .transform(
    (c): ClipTextConfig => ({
      width: c.hidden_size,
      layers: c.num_hidden_layers,
      heads: c.num_attention_heads,
      hidden: c.intermediate_size,
      activation: c.hidden_act,
      eps: c.layer_norm_eps,
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
