/** METER's tensor names in the original repository's files (zdou0830/METER), which are the only published ones. */
import type { NameRule, NameRules } from '../../checkpoint/index.ts';
import { bertBlockRules } from '../bert/weights.ts';
import { originalClipVisionRules } from '../clip/weights.ts';
import { originalSwinRules } from '../swin/weights.ts';
import type { MeterConfig } from './config.ts';

const towers: Record<MeterConfig['vision']['kind'], NameRule[]> = {
  clip: originalClipVisionRules('vit_model.visual.'),
  swin: originalSwinRules('vit_model.'),
};

/** Blocks of one stream. */
const fusionRules = (ours: string, theirs: string): NameRule[] => [
  [`${ours}.{i}.attn.{q|k|v}`, `${theirs}.{i}.attention.self.{query|key|value}`],
  [`${ours}.{i}.attn.out`, `${theirs}.{i}.attention.output.dense`],
  [`${ours}.{i}.norm1`, `${theirs}.{i}.attention.output.LayerNorm`],
  [`${ours}.{i}.cross.{q|k|v}`, `${theirs}.{i}.crossattention.self.{query|key|value}`],
  [`${ours}.{i}.cross.out`, `${theirs}.{i}.crossattention.output.dense`],
  [`${ours}.{i}.crossNorm`, `${theirs}.{i}.crossattention.output.LayerNorm`],
  [`${ours}.{i}.mlp.{up|down}`, `${theirs}.{i}.{intermediate|output}.dense`],
  [`${ours}.{i}.norm2`, `${theirs}.{i}.output.LayerNorm`],
];

/** What the head of labels is called depends on the task it was trained for. */
export const meterNames = ({ vision, images }: MeterConfig, task = images > 1 ? 'nlvr2' : 'vqa'): NameRules => ({
  rules: [
    [
      'text.{words|positions|types|norm}',
      'text_transformer.embeddings.{word_embeddings|position_embeddings|token_type_embeddings|LayerNorm}',
    ],
    ...bertBlockRules('text', 'text_transformer.'),
    ...towers[vision.kind],
    ['{projectText|projectPicture}', '{cross_modal_text_transform|cross_modal_image_transform}'],
    ['modality', 'token_type_embeddings'],
    ...fusionRules('textBlocks', 'cross_modal_text_layers'),
    ...fusionRules('pictureBlocks', 'cross_modal_image_layers'),
    ['{textPooler|picturePooler}', '{cross_modal_text_pooler|cross_modal_image_pooler}.dense'],
    ['fill.{dense|norm}', 'mlm_score.transform.{dense|LayerNorm}'],
    ['fill.weight', 'mlm_score.decoder.weight'],
    ['fill.bias', 'mlm_score.bias'],
    ['match', 'itm_score.fc'],
    ['rank', 'rank_output'],
    ['classifier.{up|norm|down}', `${task}_classifier.{0|1|3}`],
  ],
  prefixes: ['state_dict.'],
  // Heads of other tasks than the one that is loaded, buffers, leftovers of the towers that nothing reads, and what the
  // training framework keeps beside the model.
  ignore: [
    ...['mlm_score', 'itm_score', 'rank_output', 'vqa_classifier', 'nlvr2_classifier', 'snli_classifier'].map(
      (head) => `*${head}.*`,
    ),
    '*position_ids',
    '*relative_position_index',
    '*attn_mask',
    '*text_transformer.pooler.*',
    '*vit_model.positional_embedding',
    '*vit_model.ln_final.*',
    'optimizer_states.*',
    'callbacks.*',
  ],
});
