/** BERT's tensor names in Hugging Face's files; files of the bare model lack the `bert.` in front. */
import type { NameRule, NameRules } from '../../checkpoint/index.ts';

/** Post-norm blocks under `<ours>.blocks`, which GIT's and BLIP's files hold under other prefixes. */
export const bertBlockRules = (ours: string, theirs: string): NameRule[] => [
  [`${ours}.blocks.{i}.attn.{q|k|v}`, `${theirs}encoder.layer.{i}.attention.self.{query|key|value}`],
  [`${ours}.blocks.{i}.attn.out`, `${theirs}encoder.layer.{i}.attention.output.dense`],
  [`${ours}.blocks.{i}.norm1`, `${theirs}encoder.layer.{i}.attention.output.LayerNorm`],
  [`${ours}.blocks.{i}.mlp.{up|down}`, `${theirs}encoder.layer.{i}.{intermediate|output}.dense`],
  [`${ours}.blocks.{i}.norm2`, `${theirs}encoder.layer.{i}.output.LayerNorm`],
];

/** Norms of BERT's first files, which PyTorch's predecessors named. */
const oldNorms: NameRule[] = [
  ['text.norm.{weight|bias}', 'bert.embeddings.LayerNorm.{gamma|beta}'],
  ['text.blocks.{i}.norm1.{weight|bias}', 'bert.encoder.layer.{i}.attention.output.LayerNorm.{gamma|beta}'],
  ['text.blocks.{i}.norm2.{weight|bias}', 'bert.encoder.layer.{i}.output.LayerNorm.{gamma|beta}'],
  ['head.norm.{weight|bias}', 'cls.predictions.transform.LayerNorm.{gamma|beta}'],
];

export const bertNames: NameRules = {
  rules: [
    [
      'text.{words|positions|types|norm}',
      'bert.embeddings.{word_embeddings|position_embeddings|token_type_embeddings|LayerNorm}',
    ],
    ...bertBlockRules('text', 'bert.'),
    ['pooler', 'bert.pooler.dense'],
    ['head.{dense|norm}', 'cls.predictions.transform.{dense|LayerNorm}'],
    ['head.bias', 'cls.predictions.bias'],
    ...oldNorms,
  ],
  prefixes: ['bert.'],
  // Buffers, the tied copies of the word table and the output bias, and the next-sentence head.
  ignore: ['*position_ids', 'cls.predictions.decoder.*', 'cls.seq_relationship.*'],
};
