/** The original repository's checkpoints (dandelin/ViLT): no configuration, so sizes are read off tensors. */
import type { Checkpoint, NameRules } from '../../checkpoint/index.ts';
import { CheckpointError } from '../../core/index.ts';
import type { ViltConfig } from './config.ts';

/** The training framework's file holds the model under this name. */
const prefixes = ['state_dict.'];

export const isOriginalVilt = ({ entries }: Checkpoint): boolean =>
  ['transformer.pos_embed', 'text_embeddings.word_embeddings.weight'].every((name) =>
    ['', ...prefixes].some((prefix) => entries.has(prefix + name)),
  );

/** Heads are 64 wide in the released model. */
const headWidth = 64;

export interface ViltSizes {
  width: number;
  layers: number;
  heads: number;
  hidden: number;
  vocabulary: number;
  positions: number;
  types: number;
  patchSize: number;
  imageSize: number;
  modalities: number;
  classes: number;
  images: number;
}

/** What the original code fixes: the blocks' epsilon differs from the text's. */
export const originalViltConfig = (sizes: ViltSizes): ViltConfig => {
  const { width, layers, heads, hidden, vocabulary, positions, types, patchSize, imageSize } = sizes;
  const transformer = { width, layers, heads, hidden, activation: 'gelu' as const };
  return {
    text: { ...transformer, eps: 1e-12, vocabulary, positions, types },
    vision: { ...transformer, eps: 1e-6, channels: 3, patchSize, imageSize, patchBias: true, preNorm: false },
    modalities: sizes.modalities,
    images: sizes.images,
    labels: Array.from({ length: sizes.classes }, (_, i) => String(i)),
    tied: false,
    dropout: { hidden: 0.1, attention: 0 },
  };
};

export function sizesOfViltFile({ entries, path }: Checkpoint): ViltSizes {
  const find = (name: string) =>
    prefixes.map((prefix) => entries.get(prefix + name)).find(Boolean) ?? entries.get(name);
  const shape = (name: string): readonly number[] => {
    const entry = find(name);
    if (!entry) throw new CheckpointError(`${path}: a ViLT file without ${name}`);
    return entry.shape;
  };
  let layers = 0;
  while (find(`transformer.blocks.${layers}.attn.qkv.weight`)) layers++;
  const [width, , patchSize] = shape('transformer.patch_embed.proj.weight');
  const [vocabulary] = shape('text_embeddings.word_embeddings.weight');
  const heads = ['vqa_classifier', 'nlvr2_classifier'].flatMap((name) => find(`${name}.3.weight`) ?? []);
  return {
    width,
    layers,
    heads: width / headWidth,
    hidden: shape('transformer.blocks.0.mlp.fc1.weight')[0],
    vocabulary,
    positions: shape('text_embeddings.position_embeddings.weight')[0],
    types: shape('text_embeddings.token_type_embeddings.weight')[0],
    patchSize,
    imageSize: Math.sqrt(shape('transformer.pos_embed')[1] - 1) * patchSize,
    modalities: shape('token_type_embeddings.weight')[0],
    classes: heads[0]?.shape[0] ?? 0,
    images: find('nlvr2_classifier.3.weight') ? 2 : 1,
  };
}

export const originalViltNames = ({ images }: ViltConfig): NameRules => ({
  rules: [
    [
      'text.{words|positions|types|norm}',
      'text_embeddings.{word_embeddings|position_embeddings|token_type_embeddings|LayerNorm}',
    ],
    ['class', 'transformer.cls_token', { leading: 2 }],
    ['patch', 'transformer.patch_embed.proj'],
    ['positions.weight', 'transformer.pos_embed', { leading: 1 }],
    ['modality', 'token_type_embeddings'],
    ['blocks.{i}.attn.{q|k|v}.weight', 'transformer.blocks.{i}.attn.qkv.weight', { fused: true }],
    ['blocks.{i}.attn.{q|k|v}.bias', 'transformer.blocks.{i}.attn.qkv.bias', { fused: true }],
    ['blocks.{i}.attn.out', 'transformer.blocks.{i}.attn.proj'],
    ['blocks.{i}.{norm1|norm2}', 'transformer.blocks.{i}.{norm1|norm2}'],
    ['blocks.{i}.mlp.{up|down}', 'transformer.blocks.{i}.mlp.{fc1|fc2}'],
    ['norm', 'transformer.norm'],
    ['pooler', 'pooler.dense'],
    ['fill.{dense|norm}', 'mlm_score.transform.{dense|LayerNorm}'],
    ['fill.weight', 'mlm_score.decoder.weight'],
    ['fill.bias', 'mlm_score.bias'],
    ['classifier.{up|norm|down}', `${images > 1 ? 'nlvr2' : 'vqa'}_classifier.{0|1|3}`],
    ['match', 'itm_score.fc'],
    ['rank', 'rank_output'],
  ],
  prefixes,
  // Heads of other tasks than the one that is loaded, buffers, and what the training framework keeps beside the model.
  ignore: [
    ...['*mlm_score.*', '*itm_score.*', '*rank_output.*', '*_classifier.*'],
    '*position_ids',
    'optimizer_states.*',
    'callbacks.*',
  ],
});
