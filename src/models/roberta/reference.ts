/** RoBERTa as Hugging Face's `RobertaModel`. */
import { pooler, robertaEmbeddings, robertaTower } from '../../nn/index.ts';
import { parseConfig } from '../config.ts';
import type { ReferenceClass } from '../reference.ts';
import { robertaSchema } from './config.ts';
import { robertaNames } from './weights.ts';

export const RobertaModel: ReferenceClass = {
  trace(p, value, { input_ids: ids, attention_mask: mask }) {
    const config = parseConfig(robertaSchema, value);
    const tokens = robertaTower(p.at('text'), ids, mask, config);
    return {
      embeddings: robertaEmbeddings(p.at('text'), ids, config),
      last_hidden_state: tokens,
      pooled: pooler(p.at('pooler'), tokens),
    };
  },
  names: () => robertaNames,
};
