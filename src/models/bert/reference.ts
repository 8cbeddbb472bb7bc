/** BERT as Hugging Face's `BertModel` and `BertForMaskedLM`. */
import { crossEntropy } from '../../core/index.ts';
import { parseConfig } from '../config.ts';
import type { ReferenceClass } from '../reference.ts';
import { bertSchema } from './config.ts';
import { bert } from './model.ts';
import { bertNames } from './weights.ts';

export const BertModel: ReferenceClass = {
  trace(p, value, { input_ids: ids, attention_mask: mask, token_type_ids: types }) {
    const model = bert(p, parseConfig(bertSchema, value));
    const { embeddings, tokens } = model.read(ids, { mask, types });
    return { embeddings, last_hidden_state: tokens, pooled: model.pool(tokens) };
  },
  names: () => bertNames,
};

export const BertForMaskedLM: ReferenceClass = {
  trace(p, value, { input_ids: ids, attention_mask: mask, token_type_ids: types, labels }) {
    const config = parseConfig(bertSchema, value);
    const model = bert(p, config);
    const { tokens } = model.read(ids, { mask, types });
    const logits = model.fill(tokens);
    const loss = labels && crossEntropy(logits.reshape([-1, config.vocabulary]), labels.reshape([-1]));
    return { logits, last_hidden_state: tokens, ...(loss ? { loss } : {}) };
  },
  names: () => bertNames,
};
