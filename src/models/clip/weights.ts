/** CLIP's tensor names in Hugging Face's files: the whole model, and the text tower in a file of its own. */
import type { NameRule, NameRules } from '../../checkpoint/index.ts';

const blocks = (ours: string, theirs: string): NameRule[] => [
  [`${ours}.blocks.{i}.attn.{q|k|v|out}`, `${theirs}encoder.layers.{i}.self_attn.{q_proj|k_proj|v_proj|out_proj}`],
  [`${ours}.blocks.{i}.{norm1|norm2}`, `${theirs}encoder.layers.{i}.{layer_norm1|layer_norm2}`],
  [`${ours}.blocks.{i}.mlp.{up|down}`, `${theirs}encoder.layers.{i}.mlp.{fc1|fc2}`],
];

/** The picture tower, which GIT's files hold under another prefix. The first norm's name is misspelt in the files. */
export const clipVisionRules = (prefix: string): NameRule[] => [
  ['vision.class', `${prefix}embeddings.class_embedding`],
  ['vision.patch', `${prefix}embeddings.patch_embedding`],
  ['vision.positions', `${prefix}embeddings.position_embedding`],
  ['vision.{preNorm|norm}', `${prefix}{pre_layrnorm|post_layernorm}`],
  ...blocks('vision', prefix),
];

/** The picture tower in OpenAI's own files, which GIT's and METER's repositories built on. */
export const originalClipVisionRules = (prefix: string): NameRule[] => [
  ['vision.class', `${prefix}class_embedding`],
  ['vision.patch', `${prefix}conv1`],
  ['vision.positions.weight', `${prefix}positional_embedding`],
  ['vision.{preNorm|norm}', `${prefix}{ln_pre|ln_post}`],
  [
    'vision.blocks.{i}.attn.{q|k|v}.{weight|bias}',
    `${prefix}transformer.resblocks.{i}.attn.{in_proj_weight|in_proj_bias}`,
    { fused: true },
  ],
  ['vision.blocks.{i}.attn.out', `${prefix}transformer.resblocks.{i}.attn.out_proj`],
  ['vision.blocks.{i}.{norm1|norm2}', `${prefix}transformer.resblocks.{i}.{ln_1|ln_2}`],
  ['vision.blocks.{i}.mlp.{up|down}', `${prefix}transformer.resblocks.{i}.mlp.{c_fc|c_proj}`],
];

const textRules = (prefix: string): NameRule[] => [
  ['text.{words|positions}', `${prefix}embeddings.{token_embedding|position_embedding}`],
  ['text.norm', `${prefix}final_layer_norm`],
  ...blocks('text', prefix),
];

const buffers = ['*position_ids'];

export const clipNames: NameRules = {
  rules: [
    ...clipVisionRules('vision_model.'),
    ...textRules('text_model.'),
    ['{projectImage|projectText}', '{visual_projection|text_projection}'],
    ['logitScale', 'logit_scale'],
  ],
  ignore: buffers,
};

/** `CLIPTextModel` files, with or without the `text_model.` in front. */
export const clipTextNames: NameRules = { rules: textRules(''), prefixes: ['text_model.'], ignore: buffers };
