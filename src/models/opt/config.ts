/** Sizes of an OPT model, from `config.json` (Hugging Face's `model_type: "opt"`); BLIP-2 nests the same keys. */
import * as z from 'zod';
import type { OptConfig } from '../../nn/index.ts';
import { activation, count, parseConfig, rate } from '../config.ts';

export interface OptModelConfig {
  text: OptConfig;
  /** Dropout in training, of hidden states and of attention probabilities. */
  dropout: { hidden: number; attention: number };
  pad: number;
  bos: number;
  eos: number;
}

export const optSchema = z
  .object({
    model_type: z.literal('opt'),
    vocab_size: count.default(50272),
    hidden_size: count.default(768),
    num_hidden_layers: count.default(12),
    num_attention_heads: count.default(12),
    ffn_dim: count.default(3072),
    activation_function: activation.default('relu'),
    max_position_embeddings: count.default(2048),
    word_embed_proj_dim: count.nullish(),
    do_layer_norm_before: z.boolean().default(true),
    _remove_final_layer_norm: z.boolean().default(false),
    dropout: rate.default(0.1),
    attention_dropout: rate.default(0),
    // Galactica's layout has neither; its files would bind with half their tensors missing.
    enable_bias: z.literal(true).default(true),
    layer_norm_elementwise_affine: z.literal(true).default(true),
    tie_word_embeddings: z.boolean().default(true),
    pad_token_id: z.int().default(1),
    bos_token_id: z.int().default(2),
    eos_token_id: z.int().default(2),
  })
  .transform(
    (c): OptModelConfig => ({
      text: {
        width: c.hidden_size,
        layers: c.num_hidden_layers,
        heads: c.num_attention_heads,
        hidden: c.ffn_dim,
        activation: c.activation_function,
        eps: 1e-5,
        vocabulary: c.vocab_size,
        positions: c.max_position_embeddings,
        wordWidth: c.word_embed_proj_dim ?? c.hidden_size,
        normFirst: c.do_layer_norm_before,
        finalNorm: c.do_layer_norm_before && !c._remove_final_layer_norm,
        tied: c.tie_word_embeddings,
        padding: c.pad_token_id,
      },
      dropout: { hidden: c.dropout, attention: c.attention_dropout },
      pad: c.pad_token_id,
      bos: c.bos_token_id,
      eos: c.eos_token_id,
    }),
  );

export const optConfig = (value: unknown, file?: string): OptModelConfig => parseConfig(optSchema, value, file);
