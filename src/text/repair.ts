/**
 * Where @huggingface/tokenizers 0.2.0 and the Rust library it follows give different ids, the pipeline is rewritten into
 * stages on which both agree. Each rule says what differs; the goldens under test/goldens/tokenizers hold the proof.
 */
import type { Stage, TokenizerJson } from './json.ts';

/** The same pipeline in stages that the JavaScript library runs as the Rust one does. */
export function repair(json: TokenizerJson): TokenizerJson {
  return {
    ...json,
    normalizer: rewrite(json.normalizer, 'normalizers', repairNormalizer),
    pre_tokenizer: rewrite(json.pre_tokenizer, 'pretokenizers', repairPreTokenizer),
    // Pairs, type ids and truncation are ours (template.ts): the library drops the second text after a byte-level
    // stage, takes an empty second text for none, and numbers RoBERTa's types as BERT's.
    post_processor: null,
  };
}

/** Replaces each stage by one or more, inside sequences too. */
function rewrite(stage: Stage | null, list: string, rule: (stage: Stage) => Stage[]): Stage | null {
  if (stage === null) return null;
  const expand = (part: Stage): Stage[] =>
    part.type === 'Sequence' ? (part[list] as Stage[]).flatMap(expand) : rule(part);
  const stages = expand(stage);
  return stages.length === 1 ? stages[0] : { type: 'Sequence', [list]: stages };
}

const replace = (regex: string, content: string): Stage => ({ type: 'Replace', pattern: { Regex: regex }, content });

// JavaScript lower-cases a sigma at the end of a word to ς; Rust goes character by character and always gives σ.
const plainSigma = replace('Σ', 'σ');

// The library looks for Chinese characters in UTF-16 units and so misses the planes beyond the first.
const rareChinese = replace(
  '[\\u{20000}-\\u{2A6DF}\\u{2A700}-\\u{2B73F}\\u{2B740}-\\u{2B81F}\\u{2B820}-\\u{2CEAF}\\u{2F800}-\\u{2FA1F}]',
  ' $& ',
);

// SentencePiece's own clean-up, which the library does not know by this name (tokenizers, normalizers/unicode.rs).
const nmt = [
  replace('[\\u0001-\\u0008\\u000B\\u000E-\\u001F\\u007F\\u008F\\u009F]', ''),
  replace('[\\u0009\\u000A\\u000C\\u000D\\u1680\\u200B-\\u200F\\u2028\\u2029\\u2581\\uFEFF\\uFFFD]', ' '),
];

function repairNormalizer(stage: Stage): Stage[] {
  if (stage.type === 'Nmt') return nmt;
  if (stage.type === 'Lowercase') return [plainSigma, stage];
  if (stage.type !== 'BertNormalizer') return [stage];
  return [...(stage.lowercase ? [plainSigma] : []), ...(stage.handle_chinese_chars ? [rareChinese] : []), stage];
}

function repairPreTokenizer(stage: Stage): Stage[] {
  // The library marks spaces but leaves the text in one piece; Rust then splits before every mark.
  if (stage.type !== 'Metaspace' || stage.split === false) return [stage];
  const mark = stage.replacement ?? '▁';
  return [
    stage,
    { type: 'Split', pattern: { Regex: `${mark}[^${mark}]*|[^${mark}]+` }, behavior: 'Isolated', invert: true },
  ];
}
