/** Swin's tensor names: Hugging Face's files, and those of the original repository, which METER's hold too. */
import type { NameRule, NameRules } from '../../checkpoint/index.ts';

const blocks = 'vision.stages.{s}.blocks.{i}';

export const swinNames: NameRules = {
  rules: [
    ['vision.patch', 'swin.embeddings.patch_embeddings.projection'],
    ['vision.patchNorm', 'swin.embeddings.norm'],
    [`${blocks}.{norm1|norm2}`, 'swin.encoder.layers.{s}.blocks.{i}.{layernorm_before|layernorm_after}'],
    [`${blocks}.attn.{q|k|v}`, 'swin.encoder.layers.{s}.blocks.{i}.attention.self.{query|key|value}'],
    [`${blocks}.attn.out`, 'swin.encoder.layers.{s}.blocks.{i}.attention.output.dense'],
    [`${blocks}.attn.relative`, 'swin.encoder.layers.{s}.blocks.{i}.attention.self.relative_position_bias_table'],
    [`${blocks}.mlp.{up|down}`, 'swin.encoder.layers.{s}.blocks.{i}.{intermediate|output}.dense'],
    ['vision.stages.{s}.merge.{norm|reduce}', 'swin.encoder.layers.{s}.downsample.{norm|reduction}'],
    ['vision.norm', 'swin.layernorm'],
  ],
  prefixes: ['swin.'],
  // Buffers, and the classifier of the published files.
  ignore: ['*relative_position_index', 'classifier.*'],
};

export const originalSwinRules = (prefix: string): NameRule[] => [
  ['vision.patch', `${prefix}patch_embed.proj`],
  ['vision.patchNorm', `${prefix}patch_embed.norm`],
  [`${blocks}.{norm1|norm2}`, `${prefix}layers.{s}.blocks.{i}.{norm1|norm2}`],
  [`${blocks}.attn.{q|k|v}.weight`, `${prefix}layers.{s}.blocks.{i}.attn.qkv.weight`, { fused: true }],
  [`${blocks}.attn.{q|k|v}.bias`, `${prefix}layers.{s}.blocks.{i}.attn.qkv.bias`, { fused: true }],
  [`${blocks}.attn.out`, `${prefix}layers.{s}.blocks.{i}.attn.proj`],
  [`${blocks}.attn.relative`, `${prefix}layers.{s}.blocks.{i}.attn.relative_position_bias_table`],
  [`${blocks}.mlp.{up|down}`, `${prefix}layers.{s}.blocks.{i}.mlp.{fc1|fc2}`],
  ['vision.stages.{s}.merge.{norm|reduce}', `${prefix}layers.{s}.downsample.{norm|reduction}`],
  ['vision.norm', `${prefix}norm`],
];
