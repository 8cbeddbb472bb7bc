/** Sizes of a BLIP model, from `config.json` (Hugging Face's `model_type: "blip"`). */
import * as z from 'zod';
import type { BertConfig, VisionConfig } from '../../nn/index.ts';
import { blockKeys, blockSizes, count, parseConfig, rate } from '../config.ts';

export interface BlipConfig {
  vision: VisionConfig;
  /** Both text stacks, encoder and decoder: BERT without segments, with a cross-attention in every block. */
  text: BertConfig;
  /** Width of the space in which pictures and texts are compared. */
  shared: number;
  /** Share of the target that the language-modelling loss spreads over the vocabulary. */
  smoothing: number;
  /** Dropout in training, of hidden states and of attention probabilities. */
  dropout: { hidden: number; attention: number };
  pad: number;
  /** What the decoder starts from, [DEC]. */
  bos: number;
  /** What ends a text, [SEP]; `eos_token_id` in the files is something else and unused. */
  eos: number;
  /**
   * What replaces the first token of a text that meets a picture, [ENC]. Undefined where [CLS] stays: Hugging Face's
   * classes never replace it, and the original matching class does not either.
   */
  ground?: number;
}

const visionSchema = z
  .object({
    ...blockKeys(),
    image_size: count.default(384),
    patch_size: count.default(16),
    layer_norm_eps: z.number().default(1e-5),
  })
  .transform(
    (c): VisionConfig => ({
      ...blockSizes(c),
      channels: 3,
      imageSize: c.image_size,
      patchSize: c.patch_size,
      patchBias: true,
      preNorm: false,
    }),
  );

const textSchema = z.object({
  vocab_size: count.default(30524),
  // The library's default is 8 heads; every released file needs 12, and 8 would be wrong in silence (transformers issue 22625).
  ...blockKeys({ heads: 12 }),
  max_position_embeddings: count.default(512),
  layer_norm_eps: z.number().default(1e-12),
  hidden_dropout_prob: rate.default(0),
  attention_probs_dropout_prob: rate.default(0),
  label_smoothing: rate.default(0),
  bos_token_id: z.int().default(30522),
  pad_token_id: z.int().default(0),
  sep_token_id: z.int().default(102),
});

const schema = z
  .object({
    model_type: z.literal('blip'),
    vision_config: visionSchema.prefault({}),
    text_config: textSchema.prefault({}),
    image_text_hidden_size: count.default(256),
    // Not the library's: models trained here say so, since their encoder learned with [ENC].
    ground_token_id: z.int().nullish(),
  })
  .transform(
    ({ vision_config: vision, text_config: text, image_text_hidden_size: shared, ground_token_id }): BlipConfig => ({
      vision,
      text: {
        ...blockSizes(text),
        vocabulary: text.vocab_size,
        positions: text.max_position_embeddings,
        types: 0,
      },
      shared,
      smoothing: text.label_smoothing,
      dropout: { hidden: text.hidden_dropout_prob, attention: text.attention_probs_dropout_prob },
      pad: text.pad_token_id,
      bos: text.bos_token_id,
      eos: text.sep_token_id,
      ground: ground_token_id ?? undefined,
    }),
  );

export const blipConfig = (value: unknown, file?: string): BlipConfig => parseConfig(schema, value, file);

/** What `BlipModel` alone reads. */
export const blipModelSchema = z.object({
  projection_dim: count.default(512),
  logit_scale_init_value: z.number().default(2.6592),
});
