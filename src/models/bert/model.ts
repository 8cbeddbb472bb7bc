/** BERT: a text encoder and its head for masked words (arXiv 1810.04805). b texts, t tokens, d width. */
import type { Params, Tensor } from '../../core/index.ts';
import {
  type BertConfig,
  bertBlocks,
  bertEmbeddings,
  maskedLanguageHead,
  paddingBias,
  pooler,
  table,
} from '../../nn/index.ts';

export interface BertInputs {
  /** int64 [b, t] */
  mask?: Tensor;
  types?: Tensor;
}

export function bert(p: Params, config: BertConfig) {
  const scope = p.at('text');

  /** ids int64 [b, t] → embeddings and contextual tokens, both [b, t, d] */
  const read = (ids: Tensor, { mask, types }: BertInputs = {}) => {
    const embeddings = bertEmbeddings(scope, ids, config, { types });
    return { embeddings, tokens: bertBlocks(scope, embeddings, config, { bias: mask && paddingBias(mask) }) };
  };

  /** tokens [..., d] → logits of words [..., vocabulary]; the output matrix is the word table */
  const fill = (tokens: Tensor) =>
    maskedLanguageHead(p.at('head'), tokens, table(scope.at('words'), config.vocabulary, config.width), config);

  /** tokens [b, t, d] → [b, d] */
  const pool = (tokens: Tensor) => pooler(p.at('pooler'), tokens);

  return { read, fill, pool };
}
