/** Sizes of a RoBERTa encoder, from `config.json`. */
import { z } from 'zod';
import type { RobertaConfig } from '../../nn/index.ts';
import { activation, count } from '../config.ts';

export const robertaSchema = z
  .object({
    vocab_size: count.default(50265),
    hidden_size: count.default(768),
    num_hidden_layers: count.default(12),
    num_attention_heads: count.default(12),
    intermediate_size: count.default(3072),
    hidden_act: activation.default('gelu'),
    max_position_embeddings: count.default(512),
    type_vocab_size: count.default(2),
    layer_norm_eps: z.number().default(1e-12),
    pad_token_id: z.int().default(1),
  })
  .transform(
    (c): RobertaConfig => ({
      width: c.hidden_size,
      layers: c.num_hidden_layers,
      heads: c.num_attention_heads,
      hidden: c.intermediate_size,
      activation: c.hidden_act,
      eps: c.layer_norm_eps,
      vocabulary: c.vocab_size,
      positions: c.max_position_embeddings,
      types: c.type_vocab_size,
      pad: c.pad_token_id,
    }),
  );
