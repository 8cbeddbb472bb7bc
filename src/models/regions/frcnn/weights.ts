/** Names in the Hugging Face port's file, which are Detectron's. */
import type { NameRules } from '../../../checkpoint/index.ts';
import type { FrcnnConfig } from './config.ts';

const norm = (ours: string, theirs: string) =>
  [
    [`${ours}.norm.mean`, `${theirs}.norm.running_mean`],
    [`${ours}.norm.variance`, `${theirs}.norm.running_var`],
    [ours, theirs],
  ] as const;

const blocks = (ours: string, theirs: string) =>
  ['conv1', 'conv2', 'conv3', 'shortcut'].flatMap((part) => norm(`${ours}.{i}.${part}`, `${theirs}.{i}.${part}`));

export const frcnnNames = ({ backbone }: Pick<FrcnnConfig, 'backbone'>): NameRules => ({
  rules: [
    ...norm('backbone.stem.conv', 'backbone.stem.conv1'),
    ...backbone.blocks.flatMap((_, stage) => blocks(`backbone.stages.${stage}`, `backbone.res${stage + 2}`)),
    ['proposals.hidden', 'proposal_generator.rpn_head.conv'],
    ['proposals.objectness', 'proposal_generator.rpn_head.objectness_logits'],
    ['proposals.deltas', 'proposal_generator.rpn_head.anchor_deltas'],
    ...blocks('tower', 'roi_heads.res5'),
    ...judgeRules.map(([ours, theirs]) => [`judge.${ours}`, `roi_heads.box_predictor.${theirs}`] as const),
  ],
  // Anchors are computed; counters of the norm's training say nothing now.
  ignore: ['proposal_generator.anchor_generator.*', '*.num_batches_tracked'],
});

/** The head alone, under its own names. */
export const judgeRules = [
  ['class', 'cls_score'],
  ['move', 'bbox_pred'],
  ['classTable', 'cls_embedding'],
  ['attributeHidden', 'fc_attr'],
  ['attribute', 'attr_score'],
] as const;

/** One bottleneck and the stem, under their own names. */
export const partRules = [
  ...norm('stem.conv', 'stem.conv1'),
  ...['conv1', 'conv2', 'conv3', 'shortcut'].flatMap((part) => norm(`block.${part}`, `block.${part}`)),
];
