/** UNITER as the original repository's task classes (model/*.py), which the stored cases come from. */
import { crossEntropy, int64, type NDArray, type Params, type Tensor } from '../../core/index.ts';
import { bertBlocks, paddingBias } from '../../nn/index.ts';
import { align, cosineCost, transportPlan } from '../objectives/index.ts';
import type { Named, ReferenceClass } from '../reference.ts';
import { type UniterConfig, uniterConfig } from './config.ts';
import { answering, ranking } from './finetune.ts';
import { type Uniter, uniter } from './model.ts';
import { pack } from './packing.ts';
import { paired, pairedAttention, triplet } from './pair.ts';
import {
  alignment,
  alignmentWeight,
  encodeBatch,
  maskedClasses,
  maskedDistributions,
  maskedFeatures,
  maskedWords,
  matching,
  type Scored,
  type UniterBatch,
} from './pretrain.ts';
import { uniterNames } from './weights.ts';

interface CaseConfig extends Record<string, unknown> {
  model: string;
  image_feature_size: number;
  region_label_count?: number;
  answer_count?: number;
}

function configOf(value: unknown): UniterConfig {
  const { image_feature_size, region_label_count, answer_count = 0, ...sizes } = value as CaseConfig;
  const labels = Array.from({ length: answer_count }, (_, i) => [i, String(i)]);
  return uniterConfig({
    ...sizes,
    img_dim: image_feature_size,
    img_label_dim: region_label_count,
    id2label: Object.fromEntries(labels),
  });
}

interface Context {
  p: Params;
  config: UniterConfig;
  options: Record<string, unknown>;
  kind: string;
}
type Task = (model: Uniter, inputs: Named<Tensor>, context: Context) => Named<Tensor>;

const tasks: Record<string, Task> = {
  encode(model, inputs, { p, config }) {
    const batch = batchOf(inputs);
    const { masked: _, ...shown } = batch;
    const text = model.read(batch.ids);
    const regions = model.see(shown);
    const packed = model.pack(text, regions, batch.order);
    const bias = paddingBias(batch.mask);
    const first = bertBlocks(p.at('joint'), packed, { ...config.text, layers: 1 }, { bias });
    const { tokens, pooled } = model.encode(packed, batch.mask);
    return {
      text_embeddings: text,
      image_embeddings: regions,
      image_embeddings_masked: model.see(batch),
      packed_embeddings: packed,
      layer_0: first,
      layer_1: tokens,
      sequence_output: tokens,
      pooled_output: pooled,
      text_only_sequence_output: model.encode(text, inputs.txt_attn_masks).tokens,
      image_only_sequence_output: model.encode(regions, inputs.img_attn_masks).tokens,
    };
  },

  mlm(model, inputs) {
    const scored = maskedWords(model, batchOf(inputs), { at: inputs.at, words: inputs.words });
    return { ...show(scored), logits: scored.logits };
  },

  mrfr(model, inputs) {
    const scored = maskedFeatures(model, batchOf(inputs), { at: inputs.at, features: inputs.feat_targets });
    return { ...show(scored), predicted_features: scored.logits };
  },

  mrc: (model, inputs) => regionTask(maskedClasses, model, inputs),
  mrckl: (model, inputs) => regionTask(maskedDistributions, model, inputs),

  itm(model, inputs) {
    const scored = matching(model, batchOf(inputs), inputs.targets);
    const { loss, loss_elements, ...rest } = show(scored);
    return { ...rest, itm_logits: scored.logits, itm_loss_elements: loss_elements, itm_loss: loss, loss };
  },

  itm_ot(model, inputs, { options }) {
    const { targets, txt_pad, img_pad, places } = inputs;
    const scored = matching(model, batchOf(inputs), targets);
    const real = (pad: Tensor) => pad.equal(0).cast('int64');
    const parts = { textMask: real(txt_pad), regionMask: real(img_pad), places };
    const aligned = alignment(scored.encoded, parts, targets);
    const itm = scored.losses.mean();
    // Batches of two with one pair of each kind: the distances of one kind are one number.
    const only = (label: number) => aligned.distance.mul(targets.equal(label).cast('float32')).sum().reshape([1]);
    const loss = itm.add(aligned.loss.mul(alignmentWeight));
    return {
      ...show(scored),
      itm_logits: scored.logits,
      itm_loss_elements: scored.losses,
      itm_loss: itm,
      ot_text: aligned.text,
      ot_image: aligned.regions,
      ot_cost: aligned.cost,
      ot_plan: aligned.plan.transpose([0, 2, 1]),
      ot_distance: aligned.distance,
      ot_positive_distance: only(1),
      ot_negative_distance: only(0),
      wra_loss: aligned.loss,
      loss,
      objective: options.backward === 'wra_loss' ? aligned.loss : loss,
    };
  },

  vqa(model, inputs) {
    const scored = answering(model, batchOf(inputs), inputs.targets);
    const shown = show(scored);
    return { ...shown, logits: scored.logits, loss: shown.loss.mul(scored.logits.width) };
  },

  nlvr2(model, inputs, { p, config, kind }) {
    const batch = batchOf(inputs);
    const encoded = encodeBatch(model, batch);
    const heads: Record<string, () => Tensor> = {
      'nlvr2-triplet': () => triplet(p, encoded),
      'nlvr2-paired': () => paired(p, encoded),
      'nlvr2-paired-attention': () => pairedAttention(p, encoded, batch.mask, config),
    };
    const logits = heads[kind]();
    const losses = crossEntropy(logits, inputs.targets, { reduction: 'none' });
    return { ...show({ losses, logits, encoded }), logits };
  },

  retrieval(model, inputs, { options: { sample_size, margin } }) {
    const groups = { group: Number(sample_size), margin: Number(margin) };
    const scored = ranking(model, batchOf(inputs), groups);
    return { ...show(scored), rank_scores: scored.logits };
  },

  /** Transport alone, of given costs and of given vectors. */
  ipot(_, inputs, { options }) {
    const outputs: Named<Tensor> = {};
    const real = (pad: Tensor) => pad.equal(0).cast('float32');
    for (const size of options.problems as string[])
      for (const [iterations, k] of options.runs as [number, number][]) {
        const [x, y] = [real(inputs[`x_pad_${size}`]), real(inputs[`y_pad_${size}`])];
        const cost = inputs[`cost_${size}`].mul(x.unsqueeze(2)).mul(y.unsqueeze(1));
        const plan = transportPlan(cost, x, y, { beta: Number(options.beta), iterations });
        const name = `${size}_iterations${iterations}_k${k}`;
        outputs[`plan_${name}`] = plan.transpose([0, 2, 1]);
        outputs[`distance_${name}`] = cost.mul(plan).sum([1, 2]);
      }
    const { emb_x, emb_y, emb_x_pad, emb_y_pad } = inputs;
    outputs.cosine_cost = cosineCost(emb_x, emb_y);
    outputs.cosine_distance = align(emb_x, emb_y, real(emb_x_pad), real(emb_y_pad)).distance;
    return outputs;
  },
};

export const originalUniter: ReferenceClass = {
  /** What the original's losses pick by boolean masks, as positions. */
  prepare(feeds, _, options) {
    const { txt_labels, img_mask_tgt, gather_index, txt_pad, img_pad, ...rest } = feeds;
    const more: Named<NDArray> = {};
    if (txt_labels) {
      const labelled = positionsWhere(txt_labels, (label) => label !== -1);
      const [t, m] = [txt_labels.shape[1], gather_index.shape[1]];
      more.at = int64(
        [labelled.length],
        labelled.map((at) => Math.floor(at / t) * m + (at % t)),
      );
      more.words = int64(
        [labelled.length],
        labelled.map((at) => Number(txt_labels.data[at])),
      );
    }
    if (img_mask_tgt) {
      const masked = positionsWhere(img_mask_tgt, (flag) => flag === 1);
      more.at = int64([masked.length], masked);
    }
    if (options.task === 'itm_ot') {
      more.places = pack(inverse(txt_pad), inverse(img_pad)).places;
      Object.assign(more, { txt_pad, img_pad });
    }
    return { ...rest, ...(gather_index && { gather_index }), ...more };
  },

  trace(p, value, inputs, options) {
    const config = configOf(value);
    const kind = (value as CaseConfig).model;
    return tasks[String(options.task)](uniter(p, config), inputs, { p, config, options, kind });
  },
  names: () => uniterNames,
};

const batchOf = (inputs: Named<Tensor>): UniterBatch => ({
  ids: inputs.input_ids,
  features: inputs.img_feat,
  locations: inputs.img_pos_feat,
  masked: inputs.img_masks,
  types: inputs.img_type_ids,
  mask: inputs.attn_masks,
  order: inputs.gather_index,
});

const show = ({ losses, encoded: { tokens, pooled } }: Scored): Named<Tensor> => ({
  sequence_output: tokens,
  pooled_output: pooled,
  loss_elements: losses,
  loss: losses.mean(),
});

function regionTask(objective: typeof maskedClasses, model: Uniter, inputs: Named<Tensor>): Named<Tensor> {
  const scored = objective(model, batchOf(inputs), { at: inputs.at, labels: inputs.label_targets });
  return { ...show(scored), region_logits: scored.logits };
}

const positionsWhere = ({ data }: NDArray, test: (value: number) => boolean): number[] =>
  Array.from(data, Number).flatMap((value, at) => (test(value) ? [at] : []));
const inverse = (flags: NDArray): NDArray =>
  int64(
    flags.shape,
    Array.from(flags.data, Number).map((flag) => 1 - flag),
  );
