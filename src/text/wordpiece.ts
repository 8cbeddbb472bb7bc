/** BERT's tokenizer from `vocab.txt` alone: one piece a line, the line number its id (arXiv 1810.04805, section 3). */
import { CheckpointError } from '../core/errors.ts';
import { specialToken, type TokenizerConfig, type TokenizerJson } from './json.ts';

export const bertSpecialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

export interface WordPieceOptions {
  lowercase?: boolean;
  /** Defaults to following `lowercase`, as BERT's authors do. */
  stripAccents?: boolean | null;
  splitChinese?: boolean;
}

/**
 * The structure of `tokenizer.json` for a list of word pieces; a piece inside a word starts with `##`.
 * Throws CheckpointError when a token that BERT cannot do without is missing.
 */
export function wordPieceJson(
  pieces: readonly string[],
  { lowercase = true, stripAccents = null, splitChinese = true }: WordPieceOptions = {},
): TokenizerJson {
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const missing = ['[UNK]', '[CLS]', '[SEP]'].filter((token) => !Object.hasOwn(vocab, token));
  if (missing.length)
    throw new CheckpointError(`vocab.txt lacks ${missing.join(', ')}; it is not a BERT vocabulary of one piece a line`);
  return {
    version: '1.0',
    added_tokens: bertSpecialTokens
      .filter((token) => Object.hasOwn(vocab, token))
      .map((token) => specialToken(token, vocab[token])),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: splitChinese,
      strip_accents: stripAccents,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'BertProcessing',
      sep: ['[SEP]', vocab['[SEP]']],
      cls: ['[CLS]', vocab['[CLS]']],
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

/** `vocab.txt` with the options of `tokenizer_config.json`, whose defaults are BERT's: lower case, Chinese split. */
export function wordPieceFromFile(text: string, config: TokenizerConfig): TokenizerJson {
  const pieces = text.replace(/\r?\n$/, '').split(/\r?\n/);
  return wordPieceJson(pieces, {
    lowercase: config.do_lower_case,
    stripAccents: config.strip_accents,
    splitChinese: config.tokenize_chinese_chars,
  });
}
