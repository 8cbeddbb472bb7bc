/** RoBERTa as Hugging Face's `RobertaModel` and `RobertaForMaskedLM`. */
import { crossEntropy } from '../../core/index.ts';
import { robertaEmbeddings } from '../../nn/index.ts';
import { parseConfig } from '../config.ts';
import type { ReferenceClass } from '../reference.ts';
import { robertaSchema } from './config.ts';
import { roberta } from './model.ts';
import { robertaNames } from './weights.ts';

export const RobertaModel: ReferenceClass = {
  trace(p, value, { input_ids: ids, attention_mask: mask }) {
    const config = parseConfig(robertaSchema, value);
    const model = roberta(p, config);
    const { tokens } = model.read(ids, { mask });
    return {
      embeddings: robertaEmbeddings(p.at('text'), ids, config),
      last_hidden_state: tokens,
      pooled: model.pool(tokens),
    };
  },
  names: () => robertaNames,
};

export const RobertaForMaskedLM: ReferenceClass = {
  trace(p, value, { input_ids: ids, attention_mask: mask, labels }) {
    const config = parseConfig(robertaSchema, value);
    const model = roberta(p, config);
    const { tokens } = model.read(ids, { mask });
    const logits = model.fill(tokens);
    const loss = labels && crossEntropy(logits.reshape([-1, config.vocabulary]), labels.reshape([-1]));
    return { logits, last_hidden_state: tokens, ...(loss ? { loss } : {}) };
  },
  names: () => robertaNames,
};
