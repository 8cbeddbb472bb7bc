/** ViLT as the original repository's task functions (vilt/modules/objectives.py), which the stored cases come from. */
import { concat, int64, type NDArray, type Params, type Tensor } from '../../core/index.ts';
import { projectPatches } from '../../nn/index.ts';
import type { Named, ReferenceClass } from '../reference.ts';
import type { ViltConfig } from './config.ts';
import { answering, judging, ranking } from './finetune.ts';
import { type Vilt, vilt } from './model.ts';
import { originalViltConfig, originalViltNames } from './original.ts';
import { keepPatches } from './patches.ts';
import { encodeBatch, type Matching, maskedWords, matching, type ViltBatch } from './pretrain.ts';

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

type Task = (model: Vilt, inputs: Named<Tensor>, context: { p: Params; config: ViltConfig }) => Named<Tensor>;

const tasks: Record<string, Task> = {
  visual(model, inputs, { p, config }) {
    const { pixels, patches, kept } = pictureOf(inputs, 'image');
    const { tokens, mask } = model.patches(pixels, { mask: patches, kept });
    const [, , height, width] = pixels.shape as number[];
    const columns = width / config.vision.patchSize;
    const rows = kept!.div(columns);
    return {
      image_embeds: tokens,
      image_masks: mask,
      patch_index: concat([rows.unsqueeze(2), kept!.sub(rows.mul(columns)).unsqueeze(2)], 2),
      patch_projection: projectPatches(p.at('patch'), pixels, config.vision).rearrange('b (h w) d -> b d h w', {
        h: height / config.vision.patchSize,
      }),
    };
  },

  encode(model, inputs) {
    const { encoded, picture } = encodeBatch(model, batchOf(inputs));
    return {
      text_embeddings: model.words(inputs.text_ids),
      text_feats: encoded.text,
      image_feats: encoded.picture,
      cls_feats: encoded.pooled,
      raw_cls_feats: encoded.text.slice(1, 0, 1).squeeze(1),
      image_masks: picture.mask,
    };
  },

  mlm: (model, inputs) => maskedWords(model, maskedOf(inputs), inputs.text_labels_mlm),

  itm(model, inputs) {
    const result = matching(model, batchOf(inputs, 'mixed'), inputs.itm_labels);
    return { ...shown(result), loss: result.loss };
  },

  wpa(model, inputs) {
    const result = matching(model, batchOf(inputs, 'mixed'), inputs.itm_labels);
    return { ...shown(result), loss: result.alignmentLoss.mul(10) };
  },

  'pretraining-step'(model, inputs) {
    const words = maskedWords(model, maskedOf(inputs), inputs.text_labels_mlm);
    const pairs = matching(model, batchOf(inputs, 'mixed'), inputs.itm_labels);
    return {
      ...shown(pairs),
      mlm_loss: words.loss,
      mlm_logits: words.logits,
      loss: words.loss.add(pairs.loss).add(pairs.alignmentLoss),
    };
  },

  vqa: (model, inputs) => answering(model, batchOf(inputs), inputs.vqa_targets),

  nlvr2: (model, inputs) => judging(model, batchOf(inputs, 'image_0'), pictureOf(inputs, 'image_1'), inputs.answers),

  irtr(model, inputs) {
    const others = [0, 1].map((i) => ({ ids: inputs[`false_text_${i}_ids`], mask: inputs[`false_text_${i}_masks`] }));
    const { loss, logits } = ranking(model, batchOf(inputs), others);
    return { loss, scores: logits };
  },
};

export const originalVilt: ReferenceClass = {
  prepare(feeds, value) {
    const { patchSize } = configOf(value).vision;
    const { itm_labels: labels, image, false_image_0: other } = feeds;
    const pictures = { ...feeds, ...(labels && { mixed: mix(image, other, labels) }) };
    const more: Named<NDArray> = {};
    for (const [name, pixels] of Object.entries(pictures)) {
      if (pixels.shape.length !== 4) continue;
      const patches = seenPatches(pixels, patchSize);
      more[`${name}.patches`] = patches;
      more[`${name}.kept`] = feeds.kept_patches ?? keepPatches(patches);
    }
    return { ...pictures, ...more };
  },

  trace(p, value, inputs, { task }) {
    const config = configOf(value);
    return tasks[String(task)](vilt(p, config), inputs, { p, config });
  },
  names: (value) => originalViltNames(configOf(value)),
};

const pictureOf = (inputs: Named<Tensor>, name: string): Pick<ViltBatch, 'pixels' | 'patches' | 'kept'> => ({
  pixels: inputs[name],
  patches: inputs[`${name}.patches`],
  kept: inputs[`${name}.kept`],
});

const batchOf = (inputs: Named<Tensor>, picture = 'image'): ViltBatch => ({
  ids: inputs.text_ids,
  mask: inputs.text_masks,
  ...pictureOf(inputs, picture),
});

const maskedOf = (inputs: Named<Tensor>): ViltBatch => ({ ...batchOf(inputs), ids: inputs.text_ids_mlm });

const shown = ({ loss, alignmentLoss, logits, alignment }: Matching): Named<Tensor> => ({
  itm_loss: loss,
  itm_wpa_loss: alignmentLoss,
  itm_logits: logits,
  ot_cost: alignment.cost,
  ot_plan: alignment.plan.transpose([0, 2, 1]),
  ot_distance: alignment.distance,
  ot_text_pad: alignment.kept.text.equal(0),
  ot_image_pad: alignment.kept.picture.equal(0),
});

/** Row i of the first pictures where its label is 1, of the others where it is 0. */
function mix(own: NDArray, other: NDArray, labels: NDArray): NDArray {
  const data = Float32Array.from(own.data as Float32Array);
  const size = data.length / own.shape[0];
  for (const [i, label] of labels.data.entries())
    if (Number(label) === 0) data.set((other.data as Float32Array).subarray(i * size, (i + 1) * size), i * size);
  return { ...own, data };
}

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
