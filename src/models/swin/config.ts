/** Sizes of a shifted-window transformer, from `config.json`. */
import * as z from 'zod';
import type { SwinConfig } from '../../nn/index.ts';
import { activation, count } from '../config.ts';

export const swinSchema = z
  .object({
    image_size: count.default(224),
    patch_size: count.default(4),
    num_channels: count.default(3),
    embed_dim: count.default(96),
    depths: z.array(count).default([2, 2, 6, 2]),
    num_heads: z.array(count).default([3, 6, 12, 24]),
    window_size: count.default(7),
    mlp_ratio: z.number().default(4),
    hidden_act: activation.default('gelu'),
    layer_norm_eps: z.number().default(1e-5),
    qkv_bias: z.literal(true, 'models without these biases do not exist').default(true),
    use_absolute_embeddings: z.literal(false, 'published models have relative positions alone').default(false),
  })
  .transform(
    (c): SwinConfig => ({
      width: c.embed_dim,
      depths: c.depths,
      heads: c.num_heads,
      window: c.window_size,
      mlpRatio: c.mlp_ratio,
      activation: c.hidden_act,
      eps: c.layer_norm_eps,
      channels: c.num_channels,
      patchSize: c.patch_size,
      imageSize: c.image_size,
    }),
  );
