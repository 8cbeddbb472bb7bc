/** METER as the original repository's task functions (meter/modules/objectives.py), which the stored cases come from. */
import type { Tensor } from '../../core/index.ts';
import { robertaEmbeddings, stretchPositions } from '../../nn/index.ts';
import { entailment, matching } from '../objectives/index.ts';
import { batchOf, masked, mixed, type PictureOf, sharedTasks } from '../objectives/original-tasks.ts';
import type { Named, ReferenceClass } from '../reference.ts';
import type { MeterConfig } from './config.ts';
import { type Meter, meter, type Picture } from './model.ts';
import { meterNames } from './weights.ts';

interface CaseConfig {
  model: string;
  heads: Record<string, number>;
  text: {
    vocab_size: number;
    hidden_size: number;
    num_hidden_layers: number;
    num_attention_heads: number;
    intermediate_size: number;
    max_position_embeddings: number;
    type_vocab_size: number;
    pad_token_id: number;
    layer_norm_eps: number;
  };
  vision: {
    width: number;
    heads: number;
    built_layers: number;
    patch_size: number;
    image_size: number;
    layer_norm_eps: number;
  };
  fusion: { hidden_size: number; num_top_layer: number; num_heads: number; mlp_ratio: number; layer_norm_eps: number };
  answer_count?: number;
}

/** Classes of the tasks whose number of answers is fixed. */
const classes: Record<string, number> = { nlvr2: 2, snli: 3 };

function configOf(value: unknown): MeterConfig {
  const { text, vision, fusion, heads, answer_count = 0 } = value as CaseConfig;
  const task = Object.keys(heads)[0];
  const pairs = task === 'nlvr2';
  return {
    text: {
      width: text.hidden_size,
      layers: text.num_hidden_layers,
      heads: text.num_attention_heads,
      hidden: text.intermediate_size,
      activation: 'gelu',
      eps: text.layer_norm_eps,
      vocabulary: text.vocab_size,
      positions: text.max_position_embeddings,
      types: text.type_vocab_size,
      pad: text.pad_token_id,
    },
    vision: {
      kind: 'clip',
      width: vision.width,
      layers: vision.built_layers,
      heads: vision.heads,
      hidden: vision.width * 4,
      activation: 'quick_gelu',
      eps: vision.layer_norm_eps,
      channels: 3,
      imageSize: vision.image_size,
      patchSize: vision.patch_size,
      patchBias: false,
      preNorm: true,
    },
    fusion: {
      width: fusion.hidden_size,
      layers: fusion.num_top_layer,
      heads: fusion.num_heads,
      hidden: fusion.hidden_size * fusion.mlp_ratio,
      activation: 'gelu',
      eps: fusion.layer_norm_eps,
    },
    modalities: pairs ? 3 : 2,
    images: pairs ? 2 : 1,
    labels: Array.from({ length: classes[task] ?? answer_count }, (_, i) => String(i)),
    dropout: { hidden: 0.1, attention: 0.1 },
  };
}

const pictureOf: PictureOf<Picture> = (inputs, name) => ({ pixels: inputs[name] });

const matched = (model: Meter, inputs: Named<Tensor>) =>
  matching(model, batchOf(inputs, pictureOf, 'mixed'), inputs.itm_labels);

const tasks: Record<string, (model: Meter, inputs: Named<Tensor>) => Named<Tensor>> = {
  ...sharedTasks(pictureOf),

  encode(model, inputs) {
    const { text_ids: ids, text_masks: mask, image: pixels } = inputs;
    const { text, picture, pooled, layers } = model.encode(model.read(ids, { mask }), model.see({ pixels }));
    return {
      text_tower: model.readAlone(ids, mask),
      image_tower: model.seeAlone(pixels),
      text_cross_layer_0: layers[0].text,
      image_cross_layer_0: layers[0].picture,
      text_feats: text,
      image_feats: picture,
      cls_feats: pooled,
    };
  },

  itm(model, inputs) {
    const { loss, logits } = matched(model, inputs);
    return { loss, logits };
  },

  'pretraining-step'(model, inputs) {
    const words = masked(model, inputs, pictureOf);
    const pairs = matched(model, inputs);
    return {
      mlm_loss: words.loss,
      mlm_logits: words.logits,
      itm_loss: pairs.loss,
      itm_logits: pairs.logits,
      loss: words.loss.add(pairs.loss),
    };
  },

  snli: (model, inputs) => ({ ...entailment(model, batchOf(inputs, pictureOf), inputs.labels) }),
};

/** The position table alone, made for one size of pictures and resized for another. */
function resized({ positions }: Named<Tensor>, { patch_size, image_size_after }: Record<string, unknown>): Tensor {
  const [rows] = positions.shape as number[];
  const side = Number(image_size_after) / Number(patch_size);
  return stretchPositions(positions, Math.sqrt(rows - 1), [side, side]);
}

export const originalMeter: ReferenceClass = {
  prepare: (feeds) => (feeds.itm_labels ? { ...feeds, mixed: mixed(feeds) } : feeds),

  trace(p, value, inputs, options): Named<Tensor> {
    if (options.task === 'positions') return { positions_resized: resized(inputs, options) };
    const config = configOf(value);
    return {
      ...tasks[String(options.task)](meter(p, config), inputs),
      text_embeddings: robertaEmbeddings(p.at('text'), inputs.text_ids, config.text),
    };
  },

  names(value) {
    const { heads } = value as Partial<CaseConfig>;
    return heads ? meterNames(configOf(value), Object.keys(heads)[0]) : { rules: [] };
  },
};
