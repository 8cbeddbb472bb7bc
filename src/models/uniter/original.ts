/** The original repository's checkpoints (ChenRocks/UNITER): what their JSON does not say is read off tensors. */
import type { Checkpoint } from '../../checkpoint/index.ts';
import { CheckpointError } from '../../core/index.ts';
import { type UniterConfig, uniterConfig } from './config.ts';

/** Names of one model, bare, in a model with heads, and in a tuned one's wrapper. */
const prefixes = ['', 'uniter.', 'model_state.uniter.', 'model_state.'];

const find = ({ entries }: Checkpoint, name: string) =>
  prefixes.map((prefix) => entries.get(prefix + name)).find(Boolean);

export const isOriginalUniter = (checkpoint: Checkpoint): boolean =>
  find(checkpoint, 'img_embeddings.img_linear.weight') !== undefined;

/** Heads are 64 wide in both released models. */
const headWidth = 64;

export function originalUniterConfig(checkpoint: Checkpoint): UniterConfig {
  const shape = (name: string): readonly number[] => {
    const entry = find(checkpoint, name);
    if (!entry) throw new CheckpointError(`${checkpoint.path}: a UNITER file without ${name}`);
    return entry.shape;
  };
  let layers = 0;
  while (find(checkpoint, `encoder.layer.${layers}.output.dense.weight`)) layers++;
  const [vocabulary, width] = shape('embeddings.word_embeddings.weight');
  return uniterConfig({
    vocab_size: vocabulary,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: width / headWidth,
    intermediate_size: shape('encoder.layer.0.intermediate.dense.weight')[0],
    max_position_embeddings: shape('embeddings.position_embeddings.weight')[0],
    type_vocab_size: shape('embeddings.token_type_embeddings.weight')[0],
    img_dim: shape('img_embeddings.img_linear.weight')[1],
    id2label: Object.fromEntries(
      Array.from({ length: find(checkpoint, 'vqa_output.3.weight')?.shape[0] ?? 0 }, (_, i) => [i, String(i)]),
    ),
  });
}
