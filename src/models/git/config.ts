/** Sizes of a GIT model, from `config.json` (Hugging Face's `model_type: "git"`). */
import * as z from 'zod';
import type { BertConfig, VisionConfig } from '../../nn/index.ts';
import { clipVisionSchema } from '../clip/config.ts';
import { blockKeys, blockSizes, count, parseConfig, rate } from '../config.ts';

export interface GitConfig {
  vision: VisionConfig;
  /** The text decoder: BERT's blocks without segments. */
  text: BertConfig;
  /** Frames of a video that have a temporal vector; 0 for picture models. */
  frames: number;
  /** Whether the output matrix is the word table. */
  tied: boolean;
  /** Dropout in training, of hidden states and of attention probabilities. */
  dropout: { hidden: number; attention: number };
  pad: number;
  bos: number;
  eos: number;
}

const schema = z
  .object({
    model_type: z.literal('git'),
    vocab_size: count.default(30522),
    ...blockKeys({ layers: 6 }),
    hidden_dropout_prob: rate.default(0.1),
    attention_probs_dropout_prob: rate.default(0.1),
    max_position_embeddings: count.default(1024),
    layer_norm_eps: z.number().default(1e-12),
    pad_token_id: z.int().nullish(),
    bos_token_id: z.int().nullish(),
    eos_token_id: z.int().nullish(),
    tie_word_embeddings: z.boolean().default(false),
    num_image_with_embedding: count.nullish(),
    vision_config: clipVisionSchema({ patch_size: 16 }).prefault({}),
  })
  .transform(
    (c): GitConfig => ({
      vision: c.vision_config,
      text: {
        ...blockSizes(c),
        vocabulary: c.vocab_size,
        positions: c.max_position_embeddings,
        types: 0,
      },
      frames: c.num_image_with_embedding ?? 0,
      tied: c.tie_word_embeddings,
      dropout: { hidden: c.hidden_dropout_prob, attention: c.attention_probs_dropout_prob },
      pad: c.pad_token_id ?? 0,
      bos: c.bos_token_id ?? 101,
      eos: c.eos_token_id ?? 102,
    }),
  );

export const gitConfig = (value: unknown, file?: string): GitConfig => parseConfig(schema, value, file);
