/** Sizes of a RoBERTa encoder, from `config.json`. */
import * as z from 'zod';
import type { RobertaConfig } from '../../nn/index.ts';
import { blockKeys, blockSizes, count } from '../config.ts';

export const robertaSchema = z
  .object({
    vocab_size: count.default(50265),
    ...blockKeys(),
    max_position_embeddings: count.default(512),
    type_vocab_size: count.default(2),
    layer_norm_eps: z.number().default(1e-12),
    pad_token_id: z.int().default(1),
  })
  .transform(
    (c): RobertaConfig => ({
      ...blockSizes(c),
      vocabulary: c.vocab_size,
      positions: c.max_position_embeddings,
      types: c.type_vocab_size,
      pad: c.pad_token_id,
    }),
  );
