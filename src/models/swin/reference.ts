/** Swin as Hugging Face's `SwinModel`. */
import type { Tensor } from '../../core/index.ts';
import { swinTransformer } from '../../nn/index.ts';
import { parseConfig } from '../config.ts';
import type { Named, ReferenceClass } from '../reference.ts';
import { swinSchema } from './config.ts';
import { swinNames } from './weights.ts';

export const SwinModel: ReferenceClass = {
  trace(p, value, { pixel_values: pixels }) {
    const maps: Named<Tensor> = {};
    const watch = (place: string, map: Tensor) => {
      maps[place] = map;
    };
    const tokens = swinTransformer(p.at('vision'), pixels, parseConfig(swinSchema, value), { watch });
    return {
      last_hidden_state: tokens,
      pooled: tokens.mean(1),
      stage_0: maps['stages.0'],
      block_0_1: maps['stages.0.blocks.1'],
    };
  },
  names: () => swinNames,
};
