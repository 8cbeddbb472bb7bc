/** ViT as Hugging Face's `ViTModel` and `ViTForImageClassification`. */
import { crossEntropy, type Params, type Tensor } from '../../core/index.ts';
import { layerNorm, linear, pooler, visionBlocks, visionEmbedding } from '../../nn/index.ts';
import { parseConfig } from '../config.ts';
import type { ReferenceClass } from '../reference.ts';
import { type VitConfig, vitSchema } from './config.ts';
import { vitNames } from './weights.ts';

function encode(p: Params, pixels: Tensor, config: VitConfig) {
  const scope = p.at('vision');
  const embeddings = visionEmbedding(scope, pixels, config);
  return { embeddings, tokens: layerNorm(scope.at('norm'), visionBlocks(scope, embeddings, config), config.eps) };
}

export const ViTModel: ReferenceClass = {
  trace(p, value, { pixel_values: pixels }) {
    const { embeddings, tokens } = encode(p, pixels, parseConfig(vitSchema, value));
    return { embeddings, last_hidden_state: tokens, pooled: pooler(p.at('pooler'), tokens) };
  },
  names: () => vitNames,
};

export const ViTForImageClassification: ReferenceClass = {
  trace(p, value, { pixel_values: pixels, labels }) {
    const config = parseConfig(vitSchema, value);
    const { tokens } = encode(p, pixels, config);
    const logits = linear(p.at('classifier'), tokens.slice(1, 0, 1).squeeze(1), config.labels.length);
    return { logits, last_hidden_state: tokens, ...(labels ? { loss: crossEntropy(logits, labels) } : {}) };
  },
  names: () => vitNames,
};
