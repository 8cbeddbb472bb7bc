/** Sizes of a ViLT model, from `config.json` (Hugging Face's `model_type: "vilt"`). */
import { z } from 'zod';
import type { BertConfig, VisionConfig } from '../../nn/index.ts';
import { activation, count, parseConfig, rate } from '../config.ts';

export interface ViltConfig {
  /** Words and their positions; its sizes are also those of the one transformer. */
  text: BertConfig;
  /** Patches and their positions; its epsilon is that of the blocks and the last norm. */
  vision: VisionConfig;
  /** Rows of the table that tells text from pictures: 2, or 3 where a text is about two pictures. */
  modalities: number;
  /** Pictures that a classifier sees together. */
  images: number;
  /** The answers or classes, in the order of the logits. */
  labels: string[];
  /** Whether the output matrix of words is the word table. */
  tied: boolean;
  dropout: { hidden: number; attention: number };
}

const schema = z
  .object({
    model_type: z.literal('vilt'),
    vocab_size: count.default(30522),
    type_vocab_size: count.default(2),
    modality_type_vocab_size: count.default(2),
    max_position_embeddings: count.default(40),
    hidden_size: count.default(768),
    num_hidden_layers: count.default(12),
    num_attention_heads: count.default(12),
    intermediate_size: count.default(3072),
    hidden_act: activation.default('gelu'),
    hidden_dropout_prob: rate.default(0),
    attention_probs_dropout_prob: rate.default(0),
    layer_norm_eps: z.number().default(1e-12),
    image_size: count.default(384),
    patch_size: count.default(32),
    num_channels: count.default(3),
    qkv_bias: z.literal(true, 'models without these biases do not exist').default(true),
    num_images: z.int().default(-1),
    id2label: z.record(z.string(), z.string()).default({}),
    tie_word_embeddings: z.boolean().default(false),
  })
  .transform((c): ViltConfig => {
    const transformer = {
      width: c.hidden_size,
      layers: c.num_hidden_layers,
      heads: c.num_attention_heads,
      hidden: c.intermediate_size,
      activation: c.hidden_act,
      eps: c.layer_norm_eps,
    };
    return {
      text: {
        ...transformer,
        vocabulary: c.vocab_size,
        positions: c.max_position_embeddings,
        types: c.type_vocab_size,
      },
      vision: {
        ...transformer,
        channels: c.num_channels,
        imageSize: c.image_size,
        patchSize: c.patch_size,
        patchBias: true,
        preNorm: false,
      },
      modalities: c.modality_type_vocab_size,
      images: Math.max(1, c.num_images),
      labels: Object.entries(c.id2label)
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([, label]) => label),
      tied: c.tie_word_embeddings,
      dropout: { hidden: c.hidden_dropout_prob, attention: c.attention_probs_dropout_prob },
    };
  });

export const viltConfig = (value: unknown, file?: string): ViltConfig => parseConfig(schema, value, file);
