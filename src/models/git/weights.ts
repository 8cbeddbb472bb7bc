/** GIT's tensor names: Hugging Face's files, and those of the original repository. */
import type { NameRules } from '../../checkpoint/index.ts';
import { bertBlockRules } from '../bert/weights.ts';
import { clipVisionRules } from '../clip/weights.ts';
import type { GitConfig } from './config.ts';

/** `microsoft/git-*`. */
export const gitNames = ({ tied }: GitConfig): NameRules => ({
  rules: [
    ...clipVisionRules('git.image_encoder.vision_model.'),
    ['project.{linear|norm}', 'git.visual_projection.visual_projection.{0|1}'],
    ['temporal.{i}', 'git.img_temporal_embedding.{i}'],
    ['text.{words|positions|norm}', 'git.embeddings.{word_embeddings|position_embeddings|LayerNorm}'],
    ...bertBlockRules('text', 'git.'),
    ['head', 'output'],
  ],
  // A file without an output matrix shares the word table.
  fallbacks: { 'head.weight': 'git.embeddings.word_embeddings.weight' },
  // Buffers, CLIP's unused projection, and the tied copy of the word table.
  ignore: ['*.position_ids', 'git.image_encoder.visual_projection.weight', ...(tied ? ['output.weight'] : [])],
});
