/** METER's checkpoints have no configuration, so sizes are read off tensors. */
import type { Checkpoint } from '../../checkpoint/index.ts';
import { CheckpointError } from '../../core/index.ts';
import type { MeterConfig, MeterVision } from './config.ts';

/** The training framework's file holds the model under this name. */
const prefix = 'state_dict.';
const find = ({ entries }: Checkpoint, name: string) => entries.get(name) ?? entries.get(prefix + name);

export const isOriginalMeter = (checkpoint: Checkpoint): boolean =>
  find(checkpoint, 'cross_modal_text_transform.weight') !== undefined &&
  find(checkpoint, 'cross_modal_image_layers.0.crossattention.self.query.weight') !== undefined;

/** Heads of the text tower, of CLIP's tower and of the fusion are 64 wide in every released model. */
const headWidth = 64;

interface Reader {
  /** The shape of a tensor that must be there. */
  shape(name: string): readonly number[];
  /** How many numbers i there are for which `before.i.after` is there. */
  count(before: string, after: string): number;
  has(name: string): boolean;
}

export function originalMeterConfig(checkpoint: Checkpoint): MeterConfig {
  const read = reader(checkpoint);
  const [types] = read.shape('text_transformer.embeddings.token_type_embeddings.weight');
  if (types !== 1)
    throw new CheckpointError(
      `${checkpoint.path}: its text tower is BERT's; only METER files with RoBERTa can be run here`,
    );
  const [vocabulary, textWidth] = read.shape('text_transformer.embeddings.word_embeddings.weight');
  const [width] = read.shape('cross_modal_text_transform.weight');
  const heads = ['vqa', 'nlvr2', 'snli'].filter((task) => read.has(`${task}_classifier.3.weight`));
  return {
    text: {
      width: textWidth,
      layers: read.count('text_transformer.encoder.layer', 'output.dense.weight'),
      heads: textWidth / headWidth,
      hidden: read.shape('text_transformer.encoder.layer.0.intermediate.dense.weight')[0],
      activation: 'gelu',
      eps: 1e-5,
      vocabulary,
      positions: read.shape('text_transformer.embeddings.position_embeddings.weight')[0],
      types,
      pad: 1,
    },
    vision: read.has('vit_model.visual.conv1.weight') ? clipTower(read) : swinTower(read),
    fusion: {
      width,
      layers: read.count('cross_modal_text_layers', 'output.dense.weight'),
      heads: width / headWidth,
      hidden: read.shape('cross_modal_text_layers.0.intermediate.dense.weight')[0],
      activation: 'gelu',
      eps: 1e-12,
    },
    modalities: read.shape('token_type_embeddings.weight')[0],
    images: heads.includes('nlvr2') ? 2 : 1,
    labels: Array.from({ length: heads[0] ? read.shape(`${heads[0]}_classifier.3.weight`)[0] : 0 }, (_, i) =>
      String(i),
    ),
    dropout: { hidden: 0.1, attention: 0.1 },
  };
}

/** The task whose head of labels a file holds, for its names. */
export const taskOf = (checkpoint: Checkpoint): string =>
  ['nlvr2', 'snli'].find((task) => find(checkpoint, `${task}_classifier.3.weight`)) ?? 'vqa';

function reader(checkpoint: Checkpoint): Reader {
  const has = (name: string) => find(checkpoint, name) !== undefined;
  return {
    has,
    shape(name) {
      const entry = find(checkpoint, name);
      if (!entry) throw new CheckpointError(`${checkpoint.path}: a METER file without ${name}`);
      return entry.shape;
    },
    count(before, after) {
      let layers = 0;
      while (has(`${before}.${layers}.${after}`)) layers++;
      return layers;
    },
  };
}

function clipTower({ shape, count }: Reader): MeterVision {
  const [width, channels, patchSize] = shape('vit_model.visual.conv1.weight');
  const [rows] = shape('vit_model.visual.positional_embedding');
  return {
    kind: 'clip',
    width,
    layers: count('vit_model.visual.transformer.resblocks', 'attn.in_proj_weight'),
    heads: width / headWidth,
    hidden: shape('vit_model.visual.transformer.resblocks.0.mlp.c_fc.weight')[0],
    activation: 'quick_gelu',
    eps: 1e-5,
    channels,
    imageSize: Math.sqrt(rows - 1) * patchSize,
    patchSize,
    patchBias: false,
    preNorm: true,
  };
}

function swinTower({ shape, count }: Reader): MeterVision {
  const [width, channels, patchSize] = shape('vit_model.patch_embed.proj.weight');
  const stages = count('vit_model.layers', 'blocks.0.norm1.weight');
  const tables = Array.from({ length: stages }, (_, i) =>
    shape(`vit_model.layers.${i}.blocks.0.attn.relative_position_bias_table`),
  );
  const window = (Math.sqrt(tables[0][0]) + 1) / 2;
  return {
    kind: 'swin',
    width,
    depths: tables.map((_, i) => count(`vit_model.layers.${i}.blocks`, 'norm1.weight')),
    heads: tables.map(([, heads]) => heads),
    window,
    mlpRatio: shape('vit_model.layers.0.blocks.0.mlp.fc1.weight')[0] / width,
    activation: 'gelu',
    eps: 1e-5,
    channels,
    patchSize,
    // The original makes windows a thirty-second of the picture.
    imageSize: window * 32,
  };
}
