/** RoBERTa: BERT with positions that count real tokens, trained longer (arXiv 1907.11692). b texts, t tokens, d width. */
import type { Params, Tensor } from '../../core/index.ts';
import { maskedLanguageHead, pooler, type RobertaConfig, robertaTower, table } from '../../nn/index.ts';

export function roberta(p: Params, config: RobertaConfig) {
  /** ids int64 [b, t] → contextual tokens [b, t, d] */
  const read = (ids: Tensor, { mask }: { mask?: Tensor } = {}) => ({
    tokens: robertaTower(p.at('text'), ids, mask, config),
  });

  /** tokens [..., d] → logits of words [..., vocabulary]; the output matrix is the word table, the activation always gelu */
  const fill = (tokens: Tensor) => {
    const words = table(p.at('text', 'words'), config.vocabulary, config.width);
    return maskedLanguageHead(p.at('head'), tokens, words, { ...config, activation: 'gelu' });
  };

  /** tokens [b, t, d] → [b, d] */
  const pool = (tokens: Tensor) => pooler(p.at('pooler'), tokens);

  return { read, fill, pool };
}
