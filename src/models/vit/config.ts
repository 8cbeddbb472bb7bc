/** Sizes of a vision transformer, from `config.json`. */
import * as z from 'zod';
import type { VisionConfig } from '../../nn/index.ts';
import { blockKeys, blockSizes, count, labelsInOrder, labelTable } from '../config.ts';

export const vitSchema = z
  .object({
    ...blockKeys(),
    num_channels: count.default(3),
    image_size: count.default(224),
    patch_size: count.default(16),
    layer_norm_eps: z.number().default(1e-12),
    id2label: labelTable,
  })
  .transform((c): VisionConfig & { labels: string[] } => ({
    ...blockSizes(c),
    channels: c.num_channels,
    imageSize: c.image_size,
    patchSize: c.patch_size,
    patchBias: true,
    preNorm: false,
    labels: labelsInOrder(c.id2label),
  }));

export type VitConfig = z.output<typeof vitSchema>;
