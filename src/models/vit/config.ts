/** Sizes of a vision transformer, from `config.json`. */
import { z } from 'zod';
import type { VisionConfig } from '../../nn/index.ts';
import { activation, count } from '../config.ts';

export const vitSchema = z
  .object({
    hidden_size: count.default(768),
    intermediate_size: count.default(3072),
    num_hidden_layers: count.default(12),
    num_attention_heads: count.default(12),
    num_channels: count.default(3),
    image_size: count.default(224),
    patch_size: count.default(16),
    hidden_act: activation.default('gelu'),
    layer_norm_eps: z.number().default(1e-12),
    id2label: z.record(z.string(), z.string()).default({}),
  })
  .transform((c): VisionConfig & { labels: string[] } => ({
    width: c.hidden_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    hidden: c.intermediate_size,
    activation: c.hidden_act,
    eps: c.layer_norm_eps,
    channels: c.num_channels,
    imageSize: c.image_size,
    patchSize: c.patch_size,
    patchBias: true,
    preNorm: false,
    labels: Object.entries(c.id2label)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, label]) => label),
  }));

export type VitConfig = z.output<typeof vitSchema>;
