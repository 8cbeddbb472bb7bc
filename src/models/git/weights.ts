/** GIT's tensor names: Hugging Face's files, and those of the original repository. */
import type { NameRules } from '../../checkpoint/index.ts';
import type { GitConfig } from './config.ts';

const vision = 'git.image_encoder.vision_model';

/** `microsoft/git-*`. The vision norm's name is misspelt in the files. */
export const gitNames = ({ tied }: GitConfig): NameRules => ({
  rules: [
    ['vision.class', `${vision}.embeddings.class_embedding`],
    ['vision.patch', `${vision}.embeddings.patch_embedding`],
    ['vision.positions', `${vision}.embeddings.position_embedding`],
    ['vision.preNorm', `${vision}.pre_layrnorm`],
    ['vision.norm', `${vision}.post_layernorm`],
    ['vision.blocks.{i}.attn.{q|k|v|out}', `${vision}.encoder.layers.{i}.self_attn.{q_proj|k_proj|v_proj|out_proj}`],
    ['vision.blocks.{i}.{norm1|norm2}', `${vision}.encoder.layers.{i}.{layer_norm1|layer_norm2}`],
    ['vision.blocks.{i}.mlp.{up|down}', `${vision}.encoder.layers.{i}.mlp.{fc1|fc2}`],
    ['project.{linear|norm}', 'git.visual_projection.visual_projection.{0|1}'],
    ['temporal.{i}', 'git.img_temporal_embedding.{i}'],
    ['text.{words|positions|norm}', 'git.embeddings.{word_embeddings|position_embeddings|LayerNorm}'],
    ['text.blocks.{i}.attn.{q|k|v}', 'git.encoder.layer.{i}.attention.self.{query|key|value}'],
    ['text.blocks.{i}.attn.out', 'git.encoder.layer.{i}.attention.output.dense'],
    ['text.blocks.{i}.norm1', 'git.encoder.layer.{i}.attention.output.LayerNorm'],
    ['text.blocks.{i}.mlp.{up|down}', 'git.encoder.layer.{i}.{intermediate|output}.dense'],
    ['text.blocks.{i}.norm2', 'git.encoder.layer.{i}.output.LayerNorm'],
    ['head', 'output'],
  ],
  // A file without an output matrix shares the word table.
  fallbacks: { 'head.weight': 'git.embeddings.word_embeddings.weight' },
  // Buffers, CLIP's unused projection, and the tied copy of the word table.
  ignore: ['*.position_ids', 'git.image_encoder.visual_projection.weight', ...(tied ? ['output.weight'] : [])],
});
