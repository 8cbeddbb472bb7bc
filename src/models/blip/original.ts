/** The original repository's checkpoints (salesforce/BLIP): no configuration, so sizes are read off tensors. */
import type { Checkpoint } from '../../checkpoint/index.ts';
import { CheckpointError } from '../../core/index.ts';
import { type BlipConfig, blipConfig } from './config.ts';

/** Files hold the model under `model.`. */
const prefix = 'model.';
const stacks = ['text_encoder.', 'text_decoder.bert.'];
const words = 'embeddings.word_embeddings.weight';

const find = ({ entries }: Checkpoint, name: string) => entries.get(name) ?? entries.get(prefix + name);

/** ALBEF's files have the same tower, but segments in their texts. */
export const isOriginalBlip = (checkpoint: Checkpoint): boolean =>
  find(checkpoint, 'visual_encoder.pos_embed') !== undefined &&
  stacks.some((stack) => find(checkpoint, stack + words)) &&
  !stacks.some((stack) => find(checkpoint, `${stack}embeddings.token_type_embeddings.weight`));

/** Heads are 64 wide in every released model. */
const headWidth = 64;
/** Of the vocabulary that BERT's is extended by [DEC] and [ENC]. */
const separator = 102;

export function originalConfig(checkpoint: Checkpoint): BlipConfig {
  const shape = (name: string): readonly number[] => {
    const entry = find(checkpoint, name);
    if (!entry) throw new CheckpointError(`${checkpoint.path}: a BLIP file without ${name}`);
    return entry.shape;
  };
  const count = (before: string, after: string) => {
    let layers = 0;
    while (find(checkpoint, `${before}.${layers}.${after}`)) layers++;
    return layers;
  };
  const [, tokens, visionWidth] = shape('visual_encoder.pos_embed');
  const patch = shape('visual_encoder.patch_embed.proj.weight')[3];
  const stack = stacks.find((name) => find(checkpoint, name + words))!;
  const [vocabulary, width] = shape(stack + words);
  return blipConfig({
    model_type: 'blip',
    vision_config: {
      hidden_size: visionWidth,
      intermediate_size: shape('visual_encoder.blocks.0.mlp.fc1.weight')[0],
      num_hidden_layers: count('visual_encoder.blocks', 'norm1.weight'),
      num_attention_heads: visionWidth / headWidth,
      image_size: Math.round(Math.sqrt(tokens - 1)) * patch,
      patch_size: patch,
      // The library's configurations say 1e-5; the files were trained with this (salesforce/LAVIS issue 106).
      layer_norm_eps: 1e-6,
    },
    text_config: {
      vocab_size: vocabulary,
      hidden_size: width,
      intermediate_size: shape(`${stack}encoder.layer.0.intermediate.dense.weight`)[0],
      num_hidden_layers: count(`${stack}encoder.layer`, 'output.dense.weight'),
      num_attention_heads: width / headWidth,
      max_position_embeddings: shape(`${stack}embeddings.position_embeddings.weight`)[0],
      bos_token_id: vocabulary - 2,
      sep_token_id: separator,
    },
    image_text_hidden_size: find(checkpoint, 'vision_proj.weight')?.shape[0],
    ground_token_id: vocabulary - 1,
  });
}
