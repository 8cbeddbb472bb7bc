/** ViLT as the original repository's task functions (vilt/modules/objectives.py), which the stored cases come from. */
import { concat, int64, type NDArray, type Params, type Tensor } from '../../core/index.ts';
import { projectPatches } from '../../nn/index.ts';
import { encodePairs } from '../objectives/index.ts';
import { batchOf, masked, mixed, type PictureOf, sharedTasks } from '../objectives/original-tasks.ts';
import type { Named, ReferenceClass } from '../reference.ts';
import type { ViltConfig } from './config.ts';
import { type Picture, type Vilt, vilt } from './model.ts';
import { originalViltConfig, originalViltNames } from './original.ts';
import { keepPatches } from './patches.ts';
import { type AlignedMatching, alignmentWeight, matchAndAlign } from './pretrain.ts';

interface CaseConfig {
  vocab_size: number;
  hidden_size: number;
  num_layers: number;
  num_heads: number;
  mlp_ratio: number;
  max_text_len: number;
  image_size: number;
  patch_size: number;
  heads: Record<string, number>;
  vqav2_label_size?: number;
}

function configOf(value: unknown): ViltConfig {
  const c = value as CaseConfig;
  const pairs = 'nlvr2' in c.heads;
  return originalViltConfig({
    width: c.hidden_size,
    layers: c.num_layers,
    heads: c.num_heads,
    hidden: c.hidden_size * c.mlp_ratio,
    vocabulary: c.vocab_size,
    positions: c.max_text_len,
    types: 2,
    patchSize: c.patch_size,
    imageSize: c.image_size,
    modalities: pairs ? 3 : 2,
    images: pairs ? 2 : 1,
    classes: pairs ? 2 : (c.vqav2_label_size ?? 0),
  });
}

const pictureOf: PictureOf<Picture> = (inputs, name) => ({
  pixels: inputs[name],
  mask: inputs[`${name}.patches`],
  kept: inputs[`${name}.kept`],
});

type Task = (model: Vilt, inputs: Named<Tensor>, context: { p: Params; config: ViltConfig }) => Named<Tensor>;

const matched = (model: Vilt, inputs: Named<Tensor>) =>
  matchAndAlign(model, batchOf(inputs, pictureOf, 'mixed'), inputs.itm_labels);

const tasks: Record<string, Task> = {
  ...sharedTasks(pictureOf),

  visual(model, inputs, { p, config }) {
    const picture = pictureOf(inputs, 'image');
    const { tokens, mask } = model.patches(picture);
    const [h, w] = (picture.pixels.shape as number[]).slice(2).map((size) => size / config.vision.patchSize);
    const kept = picture.kept!.unsqueeze(2);
    const rows = kept.div(w);
    const projection = projectPatches(p.at('patch'), picture.pixels, config.vision);
    return {
      image_embeds: tokens,
      image_masks: mask,
      patch_index: concat([rows, kept.sub(rows.mul(w))], 2),
      patch_projection: projection.rearrange('b (h w) d -> b d h w', { h }),
    };
  },

  encode(model, inputs) {
    const { text, picture, pooled, pictureMask } = encodePairs(model, batchOf(inputs, pictureOf));
    return {
      text_embeddings: model.words(inputs.text_ids),
      text_feats: text,
      image_feats: picture,
      cls_feats: pooled,
      raw_cls_feats: text.slice(1, 0, 1).squeeze(1),
      image_masks: pictureMask,
    };
  },

  itm(model, inputs) {
    const result = matched(model, inputs);
    return { ...shown(result), objective: result.loss };
  },

  wpa(model, inputs) {
    const result = matched(model, inputs);
    return { ...shown(result), objective: result.alignmentLoss.div(alignmentWeight) };
  },

  'pretraining-step'(model, inputs) {
    const words = masked(model, inputs, pictureOf);
    const pairs = matched(model, inputs);
    return {
      ...shown(pairs),
      mlm_loss: words.loss,
      mlm_logits: words.logits,
      loss: words.loss.add(pairs.loss).add(pairs.alignmentLoss),
    };
  },
};

const shown = ({ loss, alignmentLoss, logits, alignment }: AlignedMatching): Named<Tensor> => ({
  itm_loss: loss,
  itm_wpa_loss: alignmentLoss,
  itm_logits: logits,
  ot_cost: alignment.cost,
  ot_plan: alignment.plan.transpose([0, 2, 1]),
  ot_distance: alignment.distance,
  ot_text_pad: alignment.kept.text.equal(0),
  ot_image_pad: alignment.kept.picture.equal(0),
});

export const originalVilt: ReferenceClass = {
  prepare(feeds, value) {
    const { patchSize } = configOf(value).vision;
    const { kept_patches, ...given } = feeds;
    const all = { ...given, ...(given.itm_labels && { mixed: mixed(given) }) };
    const more: Named<NDArray> = {};
    for (const [name, pixels] of Object.entries(all)) {
      if (pixels.shape.length !== 4) continue;
      const patches = seenPatches(pixels, patchSize);
      more[`${name}.patches`] = patches;
      more[`${name}.kept`] = kept_patches ?? keepPatches(patches);
    }
    return { ...all, ...more };
  },

  trace(p, value, inputs, { task }) {
    const config = configOf(value);
    return tasks[String(task)](vilt(p, config), inputs, { p, config });
  },
  names: (value) => originalViltNames(configOf(value)),
};

/** The original has no mask: a patch is padding where the channels of its top left pixel sum to exactly 0. */
function seenPatches({ shape: [pictures, channels, height, width], data }: NDArray, patchSize: number): NDArray {
  const [h, w] = [height / patchSize, width / patchSize];
  const plane = height * width;
  const seen = Array.from({ length: pictures * h * w }, (_, i) => {
    const [picture, y, x] = [Math.floor(i / (h * w)), Math.floor((i % (h * w)) / w), i % w];
    const at = picture * channels * plane + y * patchSize * width + x * patchSize;
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += Number(data[at + channel * plane]);
    return Number(sum !== 0);
  });
  return int64([pictures, h, w], seen);
}
