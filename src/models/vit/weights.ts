/** ViT's tensor names in Hugging Face's files; files of the bare model lack the `vit.` in front. */
import type { NameRules } from '../../checkpoint/index.ts';

export const vitNames: NameRules = {
  rules: [
    ['vision.class', 'vit.embeddings.cls_token', { leading: 2 }],
    ['vision.positions.weight', 'vit.embeddings.position_embeddings', { leading: 1 }],
    ['vision.patch', 'vit.embeddings.patch_embeddings.projection'],
    ['vision.blocks.{i}.attn.{q|k|v}', 'vit.encoder.layer.{i}.attention.attention.{query|key|value}'],
    ['vision.blocks.{i}.attn.out', 'vit.encoder.layer.{i}.attention.output.dense'],
    ['vision.blocks.{i}.{norm1|norm2}', 'vit.encoder.layer.{i}.{layernorm_before|layernorm_after}'],
    ['vision.blocks.{i}.mlp.{up|down}', 'vit.encoder.layer.{i}.{intermediate|output}.dense'],
    ['vision.norm', 'vit.layernorm'],
    ['pooler', 'vit.pooler.dense'],
    ['classifier', 'classifier'],
  ],
  prefixes: ['vit.'],
};
