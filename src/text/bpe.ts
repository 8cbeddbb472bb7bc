/**
 * Byte-pair tokenizers from `vocab.json` and `merges.txt` alone: GPT-2's byte-level one (also RoBERTa's and OPT's), and
 * CLIP's, which lower-cases, drops spaces and marks the end of a word by `</w>`.
 */
import { CheckpointError } from '../core/errors.ts';
import { type AddedToken, type Stage, specialToken, spell, type TokenizerConfig, type TokenizerJson } from './json.ts';

type Vocabulary = Record<string, number>;

const conventionalSpecials = ['<|startoftext|>', '<|endoftext|>', '<s>', '<pad>', '</s>', '<unk>', '<mask>'];

/** The word pattern of CLIP's own tokenizer (openai/CLIP, simple_tokenizer.py). */
const clipWords =
  "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/** `merges.txt`: a version line, then one merge a line, the most frequent first. */
export function parseMerges(text: string): [string, string][] {
  const lines = text.split(/\r?\n/).filter((line, i) => line !== '' && !(i === 0 && line.startsWith('#version')));
  return lines.map((line) => {
    const pair = line.split(' ');
    if (pair.length !== 2)
      throw new CheckpointError(`merges.txt: "${line}" is not two pieces with a space between; fetch the file again`);
    return pair as [string, string];
  });
}

/** The structure of `tokenizer.json` for the two files of a byte-pair tokenizer. */
export function bpeFromFiles(vocab: Vocabulary, merges: [string, string][], config: TokenizerConfig): TokenizerJson {
  const clip = config.tokenizer_class?.startsWith('CLIP') ?? Object.hasOwn(vocab, 'a</w>');
  return clip ? clipJson(vocab, merges) : byteLevelJson(vocab, merges, config);
}

function clipJson(vocab: Vocabulary, merges: [string, string][]): TokenizerJson {
  const [start, end] = ['<|startoftext|>', '<|endoftext|>'];
  for (const token of [start, end])
    if (!Object.hasOwn(vocab, token))
      throw new CheckpointError(
        `vocab.json lacks ${token}; a CLIP vocabulary begins and ends texts with its own tokens`,
      );
  return {
    version: '1.0',
    added_tokens: specialsOf(vocab),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: clipWords }, behavior: 'Removed', invert: true },
        byteLevel({ add_prefix_space: false }),
      ],
    },
    post_processor: { type: 'RobertaProcessing', sep: [end, vocab[end]], cls: [start, vocab[start]] },
    decoder: byteLevel({}),
    model: bpeModel(vocab, merges, { unk_token: end, end_of_word_suffix: '</w>' }),
  };
}

function byteLevelJson(vocab: Vocabulary, merges: [string, string][], config: TokenizerConfig): TokenizerJson {
  return {
    version: '1.0',
    added_tokens: specialsOf(vocab),
    normalizer: null,
    pre_tokenizer: byteLevel({ add_prefix_space: config.add_prefix_space ?? false }),
    post_processor: byteLevelFrame(vocab, config),
    decoder: byteLevel({}),
    model: bpeModel(vocab, merges, { unk_token: null, end_of_word_suffix: null }),
  };
}

/** What surrounds a text: RoBERTa's `<s> … </s>`, OPT's leading `</s>` (its config asks for it), or GPT-2's nothing. */
function byteLevelFrame(vocab: Vocabulary, config: TokenizerConfig): Stage {
  const has = (token: string) => Object.hasOwn(vocab, token);
  const roberta = config.tokenizer_class?.startsWith('Roberta') ?? (has('<s>') && has('</s>') && has('<mask>'));
  if (roberta) return { type: 'RobertaProcessing', sep: ['</s>', vocab['</s>']], cls: ['<s>', vocab['<s>']] };
  if (!config.add_bos_token) return byteLevel({});
  const start = spell((config.bos_token as string | undefined) ?? '<|endoftext|>');
  if (!has(start))
    throw new CheckpointError(`vocab.json lacks ${start}, which tokenizer_config.json puts before texts`);
  const first = { SpecialToken: { id: start, type_id: 0 } };
  const [a, b] = ['A', 'B'].map((id, type_id) => ({ Sequence: { id, type_id } }));
  return {
    type: 'TemplateProcessing',
    single: [first, a],
    pair: [first, a, { SpecialToken: { id: start, type_id: 1 } }, b],
    special_tokens: { [start]: { id: start, ids: [vocab[start]], tokens: [start] } },
  };
}

const byteLevel = (options: Record<string, unknown>): Stage => ({
  type: 'ByteLevel',
  add_prefix_space: true,
  trim_offsets: true,
  use_regex: true,
  ...options,
});

const bpeModel = (vocab: Vocabulary, merges: [string, string][], options: Record<string, unknown>) => ({
  type: 'BPE',
  dropout: null,
  continuing_subword_prefix: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
  ...options,
  vocab,
  merges,
});

const specialsOf = (vocab: Vocabulary): AddedToken[] =>
  conventionalSpecials
    .filter((token) => Object.hasOwn(vocab, token))
    // RoBERTa's mask takes the space before it along.
    .map((token) => ({ ...specialToken(token, vocab[token]), lstrip: token === '<mask>' }))
    .sort((a, b) => a.id - b.id);
