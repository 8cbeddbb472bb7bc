/** UNITER's tensor names in the original repository's files (ChenRocks/UNITER), which are the only published ones. */
import type { NameRule, NameRules } from '../../checkpoint/index.ts';
import { bertBlockRules } from '../bert/weights.ts';

const sides = [
  ['pairLeft', 'attn1'],
  ['pairRight', 'attn2'],
] as const;

export const uniterNames: NameRules = {
  rules: [
    [
      'text.{words|positions|types|norm}',
      'uniter.embeddings.{word_embeddings|position_embeddings|token_type_embeddings|LayerNorm}',
    ],
    ['regions.{feature|location}', 'uniter.img_embeddings.{img_linear|pos_linear}'],
    ['regions.{featureNorm|locationNorm}', 'uniter.img_embeddings.{img_layer_norm|pos_layer_norm}'],
    ['regions.{mask|norm}', 'uniter.img_embeddings.{mask_embedding|LayerNorm}'],
    ...bertBlockRules('joint', 'uniter.'),
    ['pooler', 'uniter.pooler.dense'],
    ['fill.{dense|norm}', 'cls.predictions.transform.{dense|LayerNorm}'],
    ['fill.bias', 'cls.predictions.bias'],
    ['regress.{dense|norm}', 'feat_regress.net.{0|2}'],
    ['regress.bias', 'feat_regress.bias'],
    ['regionClass.{dense|norm|out}', 'region_classifier.net.{0|2|3}'],
    ['match', 'itm_output'],
    ['rank', 'rank_output'],
    ['answer.{dense|norm|out}', 'vqa_output.{0|2|3}'],
    ['locate', 're_output'],
    ['choose.{dense|norm|out}', 'vcr_output.{0|2|3}'],
    ['pair', 'nlvr2_output'],
    ...sides.flatMap(([ours, theirs]): NameRule[] => [
      [`${ours}.{q|k|v}.weight`, `${theirs}.in_proj_weight`, { fused: true }],
      [`${ours}.{q|k|v}.bias`, `${theirs}.in_proj_bias`, { fused: true }],
      [`${ours}.out`, `${theirs}.out_proj`],
    ]),
    ['pairMix', 'fc.0'],
    ['pairPool', 'attn_pool.fc.0'],
  ],
  // BERT's own files, from which training starts, and the wrapper of tuned ones.
  prefixes: ['uniter.', 'model_state.'],
  // Tied copies, buffers, and heads of other tasks than the one that is loaded.
  ignore: [
    'cls.*',
    'feat_regress.*',
    'region_classifier.*',
    '*position_ids',
    ...['itm', 'rank', 'vqa', 're', 'vcr', 'nlvr2'].map((task) => `${task}_output.*`),
  ],
};
