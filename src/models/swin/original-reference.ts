/** Swin as the original repository's tower, whose code UniCL keeps; its names in files are METER's, without a prefix. */
import type { Tensor } from '../../core/index.ts';
import { type SwinConfig, swinTransformer } from '../../nn/index.ts';
import type { Named, ReferenceClass } from '../reference.ts';
import { originalSwinRules } from './weights.ts';

interface CaseConfig {
  image: number;
  patch: number;
  width: number;
  depths: number[];
  heads: number[];
  window: number;
  mlp_ratio: number;
  eps: number;
}

const configOf = ({ image, patch, mlp_ratio: mlpRatio, ...c }: CaseConfig): SwinConfig => ({
  ...c,
  mlpRatio,
  activation: 'gelu',
  channels: 3,
  patchSize: patch,
  imageSize: image,
});

export const originalSwin: ReferenceClass = {
  trace(p, value, { x, weight }) {
    const config = configOf(value as CaseConfig);
    const maps: Named<Tensor> = {};
    const watch = (place: string, map: Tensor) => {
      maps[place] = map;
    };
    const output = swinTransformer(p.at('vision'), x, config, { watch }).mean(1);
    const stages = config.depths.map((_, i) => [`stage${i}`, maps[`stages.${i}`]] as const);
    return { output, ...Object.fromEntries(stages), objective: output.mul(weight).sum() };
  },
  names: () => ({ rules: originalSwinRules('') }),
};
