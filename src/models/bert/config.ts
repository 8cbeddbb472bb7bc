/** Sizes of a BERT encoder, from `config.json`. */
import * as z from 'zod';
import type { BertConfig } from '../../nn/index.ts';
import { blockKeys, blockSizes, count } from '../config.ts';

export const bertSchema = z
  .object({
    vocab_size: count.default(30522),
    ...blockKeys(),
    max_position_embeddings: count.default(512),
    type_vocab_size: count.default(2),
    layer_norm_eps: z.number().default(1e-12),
  })
  .transform(
    (c): BertConfig => ({
      ...blockSizes(c),
      vocabulary: c.vocab_size,
      positions: c.max_position_embeddings,
      types: c.type_vocab_size,
    }),
  );
