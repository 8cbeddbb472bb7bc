/** The original repository's checkpoints (microsoft/GenerativeImage2Text): no configuration, so sizes are read off tensors. */
import type { Checkpoint } from '../../checkpoint/index.ts';
import { CheckpointError } from '../../core/index.ts';
import { type GitConfig, gitConfig } from './config.ts';

const marker = 'image_encoder.transformer.resblocks.0.attn.in_proj_weight';

/** The name of a tensor in the file, whatever it is nested in (`model.`, `module.`). */
const find = ({ entries }: Checkpoint, name: string) =>
  [...entries.keys()].find((key) => key === name || key.endsWith(`.${name}`));

export const isOriginalGit = (checkpoint: Checkpoint): boolean =>
  find(checkpoint, marker) !== undefined && find(checkpoint, 'textual.embedding.words.weight') !== undefined;

/** Heads are 64 wide in every released model. */
const headWidth = 64;

export function originalConfig(checkpoint: Checkpoint): GitConfig {
  const shape = (name: string): readonly number[] => {
    const key = find(checkpoint, name);
    if (!key) throw new CheckpointError(`${checkpoint.path}: a GIT file without ${name}`);
    return checkpoint.entries.get(key)!.shape;
  };
  const count = (prefix: string, suffix: string) => {
    let layers = 0;
    while (find(checkpoint, `${prefix}.${layers}.${suffix}`)) layers++;
    return layers;
  };
  const [patches, visionWidth] = shape('image_encoder.positional_embedding');
  const patchSize = shape('image_encoder.conv1.weight')[3];
  const [vocabulary, width] = shape('textual.embedding.words.weight');
  return gitConfig({
    model_type: 'git',
    vocab_size: vocabulary,
    hidden_size: width,
    num_hidden_layers: count('textual.transformer.encoder.layer', 'output.dense.weight'),
    num_attention_heads: width / headWidth,
    intermediate_size: shape('textual.transformer.encoder.layer.0.intermediate.dense.weight')[0],
    max_position_embeddings: shape('textual.embedding.positions.weight')[0],
    num_image_with_embedding: countTemporal(checkpoint) || null,
    vision_config: {
      hidden_size: visionWidth,
      intermediate_size: shape('image_encoder.transformer.resblocks.0.mlp.c_fc.weight')[0],
      num_hidden_layers: count('image_encoder.transformer.resblocks', 'attn.in_proj_weight'),
      num_attention_heads: visionWidth / headWidth,
      patch_size: patchSize,
      image_size: Math.round(Math.sqrt(patches - 1)) * patchSize,
    },
  });
}

/** Temporal vectors, whose name is misspelt in the files. */
function countTemporal(checkpoint: Checkpoint): number {
  let frames = 0;
  while (find(checkpoint, `img_temperal_embedding.${frames}`)) frames++;
  return frames;
}
