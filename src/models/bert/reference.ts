/** BERT as Hugging Face's `BertModel` and `BertForMaskedLM`. */
import { crossEntropy, type Params, type Tensor } from '../../core/index.ts';
import {
  type BertConfig,
  bertBlocks,
  bertEmbeddings,
  maskedLanguageHead,
  paddingBias,
  pooler,
  table,
} from '../../nn/index.ts';
import { parseConfig } from '../config.ts';
import type { ReferenceClass } from '../reference.ts';
import { bertSchema } from './config.ts';
import { bertNames } from './weights.ts';

function encode(p: Params, inputs: Record<string, Tensor>, config: BertConfig) {
  const { input_ids: ids, attention_mask: mask, token_type_ids: types } = inputs;
  const scope = p.at('text');
  const embeddings = bertEmbeddings(scope, ids, config, { types });
  return { embeddings, tokens: bertBlocks(scope, embeddings, config, { bias: mask && paddingBias(mask) }) };
}

export const BertModel: ReferenceClass = {
  trace(p, value, inputs) {
    const { embeddings, tokens } = encode(p, inputs, parseConfig(bertSchema, value));
    return { embeddings, last_hidden_state: tokens, pooled: pooler(p.at('pooler'), tokens) };
  },
  names: () => bertNames,
};

export const BertForMaskedLM: ReferenceClass = {
  trace(p, value, inputs) {
    const config = parseConfig(bertSchema, value);
    const { tokens } = encode(p, inputs, config);
    const words = table(p.at('text', 'words'), config.vocabulary, config.width);
    const logits = maskedLanguageHead(p.at('head'), tokens, words, config);
    const { labels } = inputs;
    const loss = labels && crossEntropy(logits.reshape([-1, config.vocabulary]), labels.reshape([-1]));
    return { logits, last_hidden_state: tokens, ...(loss ? { loss } : {}) };
  },
  names: () => bertNames,
};
