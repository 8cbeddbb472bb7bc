/** Sizes of a UNITER model, from the JSON of the original repository (`uniter-base.json`), which are BERT's. */
import { z } from 'zod';
import type { BertConfig } from '../../nn/index.ts';
import { activation, count, parseConfig, rate } from '../config.ts';

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
    hidden_size: count.default(768),
    num_hidden_layers: count.default(12),
    num_attention_heads: count.default(12),
    intermediate_size: count.default(3072),
    hidden_act: activation.default('gelu'),
    hidden_dropout_prob: rate.default(0.1),
    attention_probs_dropout_prob: rate.default(0.1),
    max_position_embeddings: count.default(512),
    type_vocab_size: count.default(2),
    // Fixed in the original's code, and keys of ours.
    img_dim: count.default(2048),
    img_label_dim: count.default(1601),
    id2label: z.record(z.string(), z.string()).default({}),
  })
  .transform(
    (c): UniterConfig => ({
      text: {
        width: c.hidden_size,
        layers: c.num_hidden_layers,
        heads: c.num_attention_heads,
        hidden: c.intermediate_size,
        activation: c.hidden_act,
        eps: 1e-12,
        vocabulary: c.vocab_size,
        positions: c.max_position_embeddings,
        types: c.type_vocab_size,
      },
      regions: { features: c.img_dim, location: 7, classes: c.img_label_dim },
      labels: Object.entries(c.id2label)
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([, label]) => label),
      dropout: { hidden: c.hidden_dropout_prob, attention: c.attention_probs_dropout_prob },
    }),
  );

export const uniterConfig = (value: unknown, file?: string): UniterConfig => parseConfig(schema, value, file);
