/** RoBERTa's tensor names in Hugging Face's files; files of the bare model lack the `roberta.` in front. */
import type { NameRules } from '../../checkpoint/index.ts';
import { bertBlockRules } from '../bert/weights.ts';

export const robertaNames: NameRules = {
  rules: [
    [
      'text.{words|positions|types|norm}',
      'roberta.embeddings.{word_embeddings|position_embeddings|token_type_embeddings|LayerNorm}',
    ],
    ...bertBlockRules('text', 'roberta.'),
    ['pooler', 'roberta.pooler.dense'],
    ['head.{dense|norm|bias}', 'lm_head.{dense|layer_norm|bias}'],
  ],
  prefixes: ['roberta.'],
  // Buffers, and the head of the published files, which the bare model does not use.
  ignore: ['*position_ids', 'lm_head.*'],
};
