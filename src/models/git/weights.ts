/** GIT's tensor names: Hugging Face's files, and those of the original repository. */
import type { NameRules } from '../../checkpoint/index.ts';
import { bertBlockRules } from '../bert/weights.ts';
import { clipVisionRules, originalClipVisionRules } from '../clip/weights.ts';
import type { GitConfig } from './config.ts';

/** `microsoft/git-*`. */
export const gitNames = ({ tied }: GitConfig): NameRules => ({
  rules: [
    ...clipVisionRules('git.image_encoder.vision_model.'),
    ['project.{linear|norm}', 'git.visual_projection.visual_projection.{0|1}'],
    ['temporal.{i}', 'git.img_temporal_embedding.{i}', { leading: 2 }],
    ['text.{words|positions|norm}', 'git.embeddings.{word_embeddings|position_embeddings|LayerNorm}'],
    ...bertBlockRules('text', 'git.'),
    ['head', 'output'],
  ],
  // A file without an output matrix shares the word table.
  fallbacks: { 'head.weight': 'git.embeddings.word_embeddings.weight' },
  // Buffers, CLIP's unused projection, and the tied copy of the word table.
  ignore: ['*.position_ids', 'git.image_encoder.visual_projection.weight', ...(tied ? ['output.weight'] : [])],
});

/** The repository `microsoft/GenerativeImage2Text`: fused query, key and value rows, and other words for everything. */
export const originalGitNames = (): NameRules => ({
  rules: [
    ...originalClipVisionRules('image_encoder.'),
    ['project.{linear|norm}', 'textual.visual_projection.{0|1}'],
    ['temporal.{i}', 'img_temperal_embedding.{i}', { leading: 2 }],
    ['text.{words|positions|norm}', 'textual.embedding.{words|positions|layer_norm}'],
    ...bertBlockRules('text', 'textual.transformer.'),
    ['head', 'textual.output'],
  ],
  fallbacks: { 'head.weight': 'textual.embedding.words.weight' },
  prefixes: ['model.module.', 'model.', 'module.'],
  ignore: ['*position_ids', '*image_encoder.proj', '*textual.object_feature*', '*attn_mask*'],
});
