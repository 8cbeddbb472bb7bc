/** BLIP as the original repository's models (salesforce/BLIP, models/blip*.py), which the stored cases come from. */
import { publishedPlaces } from '../../checkpoint/index.ts';
import { concat, int64, type Params, range, type Tensor, topK, UsageError } from '../../core/index.ts';
import {
  layerNorm,
  positionTable,
  stretchPositions,
  type VisionConfig,
  visionBlocks,
  visionEmbedding,
  visionTransformer,
} from '../../nn/index.ts';
import type { Named, ReferenceClass } from '../reference.ts';
import type { BlipConfig } from './config.ts';
import { answering, answerLosses, judgePair, judging, retrieving } from './finetune.ts';
import { blip, startWith } from './model.ts';
import { Following, type Moves } from './momentum.ts';
import { captioning, type Features, held, type Negatives, originalSmoothing, pretraining } from './pretrain.ts';
import { originalBlipNames } from './weights.ts';

interface CaseConfig {
  vision: { image: number; patch: number; width: number; depth: number; heads: number; mlp_ratio: number; eps: number };
  text: {
    vocab: number;
    width: number;
    depth: number;
    heads: number;
    ffn: number;
    positions: number;
    pad: number;
    sep: number;
    dec_token: number;
    enc_token: number;
    eps: number;
  };
  embed_dim?: number;
  queue_size?: number;
  momentum?: number;
  k_test?: number;
  old_grid?: number;
  prompt_ids?: number[];
}

const visionOf = ({ vision: v }: CaseConfig): VisionConfig => ({
  width: v.width,
  layers: v.depth,
  heads: v.heads,
  hidden: v.width * v.mlp_ratio,
  activation: 'gelu',
  eps: v.eps,
  channels: 3,
  imageSize: v.image,
  patchSize: v.patch,
  patchBias: true,
  preNorm: false,
});

function configOf(value: CaseConfig): BlipConfig {
  const { text: t, embed_dim: shared = 256 } = value;
  const text = { width: t.width, layers: t.depth, heads: t.heads, hidden: t.ffn, eps: t.eps, vocabulary: t.vocab };
  return {
    vision: visionOf(value),
    text: { ...text, activation: 'gelu', positions: t.positions, types: 0 },
    shared,
    smoothing: originalSmoothing,
    dropout: { hidden: 0, attention: 0 },
    pad: t.pad,
    bos: t.dec_token,
    eos: t.sep,
    ground: t.enc_token,
  };
}

interface Task {
  p: Params;
  /** As stored. */
  stored: CaseConfig;
  config: BlipConfig;
  inputs: Named<Tensor>;
}

const tasks: Record<string, (task: Task) => Named<Tensor>> = {
  'blip-caption-loss'({ p, stored, config, inputs: { image, input_ids: ids, attention_mask: mask } }) {
    const model = blip(p, config);
    // The prompt's own [SEP] is not part of it.
    const prompt = stored.prompt_ids!.length - 1;
    const { loss, logits } = captioning(model, config, { seen: model.see(image), ids, mask }, { prompt });
    return { loss, loss_lm: loss, logits, prompt_length: range(prompt, prompt + 1).squeeze(0) };
  },

  'blip-itm'({ p, config, inputs }) {
    const { image, input_ids: ids, attention_mask: mask, itm_weight: matchWeight, itc_weight: contrastWeight } = inputs;
    const model = blip(p, config);
    const seen = model.see(image);
    const cross = model.about(seen);
    const text = model.read(ids, { mask });
    // This class leaves the first token as it is; the feature extractor below does not.
    const match = model.match(model.read(ids, { mask, cross }));
    const similarity = model.embedPicture(seen).matmul(model.embedText(text), { transposeB: true });
    return {
      loss: match.mul(matchWeight).sum().add(similarity.mul(contrastWeight).sum()),
      itm_logits: match,
      itc: similarity,
      image_embeds: seen,
      text_hidden: text,
      multimodal_enc: model.read(startWith(ids, config.ground), { mask, cross }),
    };
  },

  'blip-retrieval'({ p, stored, config, inputs }) {
    const step = retrieving(
      p,
      config,
      { ...batchOf(inputs), pictureIds: inputs.idx },
      { queue: stored.queue_size!, keep: stored.momentum, negatives: negativesOf(inputs) },
    );
    return {
      loss: step.loss,
      loss_ita: step.itc.loss,
      loss_itm: step.itm.loss,
      itm_logits: step.itm.logits,
      ...featuresOf(step),
      ...afterwards(new Map([...step.moves, ...unreadMoves(p, stored, config, inputs)])),
    };
  },

  'blip-vqa'({ p, stored, config, inputs }) {
    const model = blip(p, config);
    const question = { ids: inputs.question_ids, mask: inputs.question_mask };
    const answer = { ids: inputs.answer_ids, mask: inputs.answer_mask };
    const seen = model.see(inputs.image);
    const batch = { question, answer, of: inputs.of, weight: inputs.weights, seen };
    const { loss, losses, logits, states } = answering(model, config, batch);
    return {
      loss,
      answer_loss: losses,
      answer_logits: logits,
      question_states: states,
      ...ranked({ p, stored, config, inputs }, states, question.mask),
    };
  },

  'blip-nlvr'({ p, config, inputs: { image, input_ids: ids, attention_mask: mask, targets } }) {
    const model = blip(p, config);
    const [left, right] = model.see(image).split(0, [ids.size(0), ids.size(0)]);
    const { hidden, logits } = judgePair(p, config, { ids, mask }, [left, right]);
    return { loss: judging(logits, targets), prediction: logits, hidden };
  },

  'blip-vit-resize'({ p, stored, inputs: { image, old_pos_embed: old, weight } }) {
    const vision = visionOf(stored);
    const scope = p.at('vision');
    const grid = Math.floor(vision.imageSize / vision.patchSize);
    const resized = stretchPositions(old.squeeze(0), stored.old_grid!, [grid, grid]);
    const own = positionTable(scope.at('positions'), vision, [grid, grid]);
    const embedded = visionEmbedding(scope, image, vision).sub(own).add(resized);
    const output = visionTransformer(scope, image, vision);
    return {
      loss: output.mul(weight).sum(),
      output_stored: output,
      resized_pos_embed: resized.unsqueeze(0),
      output: layerNorm(scope.at('norm'), visionBlocks(scope, embedded, vision), vision.eps),
    };
  },

  'blip-pretrain'({ p, stored, config, inputs }) {
    const step = pretraining(p, config, batchOf(inputs), {
      queue: stored.queue_size!,
      keep: stored.momentum,
      negatives: negativesOf(inputs),
    });
    // The draws are given, so matching does not depend on the temperature.
    const clampedAt = (name: string) => {
      const tau = held(inputs[`temp_${name}`]);
      return {
        [`clamp_${name}/temp`]: tau,
        [`clamp_${name}/loss_ita`]: step.compare(tau).loss,
        [`clamp_${name}/loss_itm`]: step.itm.loss,
      };
    };
    return {
      loss: step.loss,
      loss_ita: step.itc.loss,
      loss_itm: step.itm.loss,
      loss_lm: step.lm.loss,
      image_embeds: step.online.seen,
      image_feat_m: step.slow.pictures,
      text_feat_m: step.slow.texts,
      itm_logits: step.itm.logits,
      lm_logits: step.lm.logits,
      ...featuresOf(step),
      ...clampedAt('high'),
      ...clampedAt('low'),
      ...afterwards(new Map([...step.moves, ...unreadMoves(p, stored, config, inputs)])),
    };
  },
};

const batchOf = ({ image, input_ids: ids, attention_mask: mask, alpha }: Named<Tensor>) => ({
  pixels: image,
  ids,
  mask,
  alpha,
});

const negativesOf = (inputs: Named<Tensor>): Negatives => ({
  pictures: inputs.negative_image_index,
  texts: inputs.negative_text_index,
});

const featuresOf = ({ online, weights }: { online: Features; weights: Features }): Named<Tensor> => ({
  image_feat: online.pictures,
  text_feat: online.texts,
  weights_t2i: weights.pictures,
  weights_i2t: weights.texts,
});

/** The original also moves the slow encoder's cross-attentions, through which nothing is ever read. */
function unreadMoves(p: Params, stored: CaseConfig, config: BlipConfig, inputs: Named<Tensor>): Moves {
  const moves: Moves = new Map();
  const slow = blip(new Following(p.at('momentum'), p, stored.momentum!, moves), config);
  slow.read(inputs.input_ids, { cross: slow.about(slow.see(inputs.image)) });
  return moves;
}

/** What a step leaves behind, under the published names. */
function afterwards(moves: Moves): Named<Tensor> {
  const places = publishedPlaces(originalBlipNames());
  const outputs: Named<Tensor> = {};
  for (const [path, next] of moves)
    for (const { name, transpose, leading = 0 } of places(path)) {
      const key = `${path.startsWith('momentum.') ? 'momentum' : 'after'}/${name}`;
      const turned = transpose ? next.transpose([1, 0]) : next;
      const value = turned.reshape([...Array(leading).fill(1), ...turned.shape]);
      // Queries, keys and values come in this order and are rows of one published matrix.
      outputs[key] = outputs[key] ? concat([outputs[key], value], 0) : value;
    }
  return outputs;
}

/** Ranking a list: the first token after [DEC] chooses k answers of it, the loss of the whole decides among them. */
function ranked({ p, stored, config, inputs }: Task, states: Tensor, mask: Tensor): Named<Tensor> {
  const { rank_answer_ids: answers, rank_answer_mask: answerMask } = inputs;
  const model = blip(p, config);
  const [b, k] = [states.size(0), stored.k_test!];
  const start = answers.slice(0, 0, 1).slice(1, 0, 1).expand([b, 1]);
  const logits = model.head(model.write(start, { cross: model.about(states, { mask }) })).squeeze(1);
  const [probabilities, chosen] = topK(logits.softmax().gather(answers.slice(1, 1, 2).squeeze(1), 1), k);
  const rows = chosen.reshape([-1]);
  const of = range(0, b).unsqueeze(1).expand([b, k]).reshape([-1]);
  const cross = model.about(states.gather(of), { mask: mask.gather(of) });
  const written = { ids: answers.gather(rows), mask: answerMask.gather(rows) };
  const all = model.head(model.write(written.ids, { mask: written.mask, cross }));
  const losses = answerLosses(all, written.ids, written.mask, config.smoothing).reshape([b, k]);
  return {
    rank_first_logits: logits,
    rank_topk_ids: chosen,
    rank_topk_probs: probabilities,
    rank_losses: losses,
    rank_answer: chosen.takeAlong(losses.neg().argmax(1).unsqueeze(1)).squeeze(1),
  };
}

/** Stands for the texts of a case of the picture tower alone. */
const bare = {
  text: {
    vocab: 1,
    width: 1,
    depth: 1,
    heads: 1,
    ffn: 1,
    positions: 1,
    pad: 0,
    sep: 0,
    dec_token: 0,
    enc_token: 0,
    eps: 0,
  },
};

/** The model that `options.task` names. */
export const originalBlip: ReferenceClass = {
  /** Which question each answer is of, from the number of answers of each. */
  prepare({ n, ...feeds }) {
    if (!n) return feeds;
    const of = Array.from(n.data, Number).flatMap((count, question) => Array<number>(count).fill(question));
    return { ...feeds, of: int64([of.length], of) };
  },
  trace(p, value, inputs, { task }) {
    const stored = value as CaseConfig;
    const run = tasks[String(task)];
    if (!run) throw new UsageError(`the task '${task}' is none of ${Object.keys(tasks).join(', ')}`);
    return run({ p, stored, config: configOf({ ...bare, ...stored }), inputs });
  },
  names: (value) => originalBlipNames({ sharing: 'queue_size' in (value as object) }),
};
