/** BLIP's tensor names: Hugging Face's files of every task class, and those of the original repository. */
import type { NameRule, NameRules } from '../../checkpoint/index.ts';
import { bertBlockRules } from '../bert/weights.ts';

/** The names of a picture tower's parts. Queries, keys and values are rows of one matrix in both spellings. */
interface TowerNames {
  first: string;
  positions: string;
  patch: string;
  block: string;
  attention: readonly [fused: string, out: string];
  norms: readonly [before: string, after: string];
  norm: string;
}

const huggingFaceTower: TowerNames = {
  first: 'embeddings.class_embedding',
  positions: 'embeddings.position_embedding',
  patch: 'embeddings.patch_embedding',
  block: 'encoder.layers',
  attention: ['self_attn.qkv', 'self_attn.projection'],
  norms: ['layer_norm1', 'layer_norm2'],
  norm: 'post_layernorm',
};

const originalTower: TowerNames = {
  first: 'cls_token',
  positions: 'pos_embed',
  patch: 'patch_embed.proj',
  block: 'blocks',
  attention: ['attn.qkv', 'attn.proj'],
  norms: ['norm1', 'norm2'],
  norm: 'norm',
};

const towerRules = (ours: string, theirs: string, names: TowerNames): NameRule[] => {
  const [block, named] = [`${ours}.blocks.{i}`, `${theirs}${names.block}.{i}`];
  const [fused, out] = names.attention;
  return [
    [`${ours}.class`, theirs + names.first, { leading: 2 }],
    [`${ours}.positions.weight`, theirs + names.positions, { leading: 1 }],
    [`${ours}.patch`, theirs + names.patch],
    [`${block}.attn.{q|k|v}.{weight|bias}`, `${named}.${fused}.{weight|bias}`, { fused: true }],
    [`${block}.attn.out`, `${named}.${out}`],
    [`${block}.{norm1|norm2}`, `${named}.{${names.norms.join('|')}}`],
    [`${block}.mlp.{up|down}`, `${named}.mlp.{fc1|fc2}`],
    [`${ours}.norm`, theirs + names.norm],
  ];
};

const stackRules = (ours: string, theirs: string): NameRule[] => [
  [`${ours}.{words|positions|norm}`, `${theirs}embeddings.{word_embeddings|position_embeddings|LayerNorm}`],
  ...bertBlockRules(ours, theirs),
  [`${ours}.blocks.{i}.cross.{q|k|v}`, `${theirs}encoder.layer.{i}.crossattention.self.{query|key|value}`],
  [`${ours}.blocks.{i}.{cross.out|crossNorm}`, `${theirs}encoder.layer.{i}.crossattention.output.{dense|LayerNorm}`],
];

/** Both text stacks and the heads, which every file names alike. */
const textRules: NameRule[] = [
  ...stackRules('encoder', 'text_encoder.'),
  ...stackRules('decoder', 'text_decoder.bert.'),
  ['head.{dense|norm}', 'text_decoder.cls.predictions.transform.{dense|LayerNorm}'],
  ['head.bias', 'text_decoder.cls.predictions.bias'],
  ['{projectImage|projectText|match}', '{vision_proj|text_proj|itm_head}'],
];

/** A file may hold either of two tied tensors, or both. */
const tied = {
  'decoder.words.weight': 'text_decoder.cls.predictions.decoder.weight',
  'head.bias': 'text_decoder.cls.predictions.decoder.bias',
};
const unused = ['*position_ids', 'text_decoder.cls.predictions.decoder.*', '*pooler.*'];

/** `Salesforce/blip-*`: captioning, question answering and retrieval. */
export const blipNames: NameRules = {
  rules: [...towerRules('vision', 'vision_model.', huggingFaceTower), ...textRules],
  fallbacks: tied,
  ignore: unused,
};

/** `BlipModel`, a CLIP of BLIP's towers: its text encoder has cross-attention that nothing uses, and a pooler. */
export const blipModelNames: NameRules = {
  rules: [
    ...towerRules('vision', 'vision_model.', huggingFaceTower),
    ...stackRules('encoder', 'text_model.'),
    ['pooler', 'text_model.pooler.dense'],
    ['{projectImage|projectText}', '{visual_projection|text_projection}'],
    ['logitScale', 'logit_scale'],
  ],
  ignore: ['*position_ids', '*.crossattention.*'],
};

/**
 * The repository `salesforce/BLIP`: the same text names. Momentum copies and queues are bound where a training asks for
 * them; the decoder's shared tensors, which pre-training files repeat, where it has a stack to itself.
 */
export const originalBlipNames = ({ sharing = false } = {}): NameRules => ({
  rules: [
    ...towerRules('vision', 'visual_encoder.', originalTower),
    ...towerRules('momentum.vision', 'visual_encoder_m.', originalTower),
    ...textRules,
    ...stackRules('momentum.encoder', 'text_encoder_m.'),
    ['momentum.{projectImage|projectText}', '{vision_proj_m|text_proj_m}'],
    ['temperature', 'temp'],
    ['queue.{pictures|texts}', '{image_queue|text_queue}', { transpose: true }],
    ['queue.pictureIds', 'idx_queue', { leading: 1 }],
    ['queue.pointer', 'queue_ptr'],
    ['queue.pointer', 'ptr_queue'],
    // Judging two pictures: a cross-attention for each, and what merges them.
    ['encoder.blocks.{i}.cross.{j}.{q|k|v}', 'text_encoder.encoder.layer.{i}.crossattention.self{j}.{query|key|value}'],
    ['encoder.blocks.{i}.cross.{j}.out', 'text_encoder.encoder.layer.{i}.crossattention.output.dense{j}'],
    ['encoder.blocks.{i}.cross.merge', 'text_encoder.encoder.layer.{i}.crossattention.output.merge_layer'],
    ['classifier.{up|down}', 'cls_head.{0|2}'],
  ],
  fallbacks: sharing ? {} : tied,
  prefixes: ['model.', 'visual_encoder.'],
  ignore: [
    ...unused,
    ...['temp', '*_queue', 'queue_ptr', 'ptr_queue', 'visual_encoder_m.*', 'text_encoder_m.*', '*_proj_m.*'],
    ...(sharing
      ? ['text_decoder.bert.embeddings.*', 'text_decoder.bert.*crossattention*', 'text_decoder.bert.*output.*']
      : []),
  ],
});
