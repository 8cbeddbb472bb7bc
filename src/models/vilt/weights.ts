/** ViLT's tensor names: Hugging Face's files, and those of the original repository. */
import type { NameRules } from '../../checkpoint/index.ts';
import type { ViltConfig } from './config.ts';

const embeddings = '{word_embeddings|position_embeddings|token_type_embeddings|LayerNorm}';

/** `dandelin/vilt-b32-*`. */
export const viltNames = ({ tied }: ViltConfig): NameRules => ({
  rules: [
    ['text.{words|positions|types|norm}', `vilt.embeddings.text_embeddings.${embeddings}`],
    ['class', 'vilt.embeddings.cls_token', { leading: 2 }],
    ['patch', 'vilt.embeddings.patch_embeddings.projection'],
    ['positions.weight', 'vilt.embeddings.position_embeddings', { leading: 1 }],
    ['modality', 'vilt.embeddings.token_type_embeddings'],
    ['blocks.{i}.attn.{q|k|v}', 'vilt.encoder.layer.{i}.attention.attention.{query|key|value}'],
    ['blocks.{i}.attn.out', 'vilt.encoder.layer.{i}.attention.output.dense'],
    ['blocks.{i}.{norm1|norm2}', 'vilt.encoder.layer.{i}.{layernorm_before|layernorm_after}'],
    ['blocks.{i}.mlp.{up|down}', 'vilt.encoder.layer.{i}.{intermediate|output}.dense'],
    ['norm', 'vilt.layernorm'],
    ['pooler', 'vilt.pooler.dense'],
    ['fill.{dense|norm}', 'mlm_score.transform.{dense|LayerNorm}'],
    ['fill.weight', 'mlm_score.decoder.weight'],
    // transformers 5 writes the decoder's bias, earlier ones also or only the head's.
    ['fill.bias', 'mlm_score.decoder.bias'],
    ['fill.bias', 'mlm_score.bias'],
    ['classifier.{up|norm|down}', 'classifier.{0|1|3}'],
    // Absent in the published files; ours have it, under the original's name.
    ['match', 'itm_score.fc'],
    ['rank', 'rank_output'],
  ],
  fallbacks: { 'fill.weight': 'vilt.embeddings.text_embeddings.word_embeddings.weight' },
  prefixes: ['vilt.'],
  ignore: ['*position_ids', 'mlm_score.bias', 'mlm_score.decoder.bias', ...(tied ? ['mlm_score.decoder.weight'] : [])],
});
