/** Sizes of a ViLT model, from `config.json` (Hugging Face's `model_type: "vilt"`). */
import * as z from 'zod';
import type { BertConfig, VisionConfig } from '../../nn/index.ts';
import { blockKeys, blockSizes, count, labelsInOrder, labelTable, parseConfig, rate } from '../config.ts';

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
    ...blockKeys(),
    hidden_dropout_prob: rate.default(0),
    attention_probs_dropout_prob: rate.default(0),
    layer_norm_eps: z.number().default(1e-12),
    image_size: count.default(384),
    patch_size: count.default(32),
    num_channels: count.default(3),
    qkv_bias: z.literal(true, 'models without these biases do not exist').default(true),
    num_images: z.int().default(-1),
    id2label: labelTable,
    tie_word_embeddings: z.boolean().default(false),
  })
  .transform((c): ViltConfig => {
    const transformer = blockSizes(c);
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
      labels: labelsInOrder(c.id2label),
      tied: c.tie_word_embeddings,
      dropout: { hidden: c.hidden_dropout_prob, attention: c.attention_probs_dropout_prob },
    };
  });

export const viltConfig = (value: unknown, file?: string): ViltConfig => parseConfig(schema, value, file);
