/** Sizes of a UNITER model, from the JSON of the original repository (`uniter-base.json`), which are BERT's. */
import * as z from 'zod';
import type { BertConfig } from '../../nn/index.ts';
import { blockKeys, blockSizes, count, labelsInOrder, labelTable, parseConfig, rate } from '../config.ts';

export interface UniterConfig {
  /** Words, their positions, and the one transformer. Its type table also marks regions. */
  text: BertConfig;
  /** Numbers of a region: what the detector saw, where it is, and over how many classes it decided. */
  regions: { features: number; location: number; classes: number };
  /** The answers or classes of a tuned model, in the order of its logits. */
  labels: string[];
  dropout: { hidden: number; attention: number };
}

const schema = z
  .object({
    vocab_size: count.default(28996),
    ...blockKeys(),
    hidden_dropout_prob: rate.default(0.1),
    attention_probs_dropout_prob: rate.default(0.1),
    max_position_embeddings: count.default(512),
    type_vocab_size: count.default(2),
    // Fixed in the original's code, and keys of ours.
    img_dim: count.default(2048),
    img_label_dim: count.default(1601),
    id2label: labelTable,
  })
  .transform(
    (c): UniterConfig => ({
      text: {
        ...blockSizes({ ...c, layer_norm_eps: 1e-12 }),
        vocabulary: c.vocab_size,
        positions: c.max_position_embeddings,
        types: c.type_vocab_size,
      },
      regions: { features: c.img_dim, location: 7, classes: c.img_label_dim },
      labels: labelsInOrder(c.id2label),
      dropout: { hidden: c.hidden_dropout_prob, attention: c.attention_probs_dropout_prob },
    }),
  );

export const uniterConfig = (value: unknown, file?: string): UniterConfig => parseConfig(schema, value, file);
