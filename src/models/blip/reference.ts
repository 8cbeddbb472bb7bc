/** BLIP as Hugging Face's classes: captioning, question answering, retrieval, and the CLIP-like `BlipModel`. */
import { init, int64, type NDArray, type Params, type Tensor } from '../../core/index.ts';
import { type GenerateOptions, generate } from '../../generate/index.ts';
import { layerNorm, linear, pooler, preNormBlock, unit, visionEmbedding } from '../../nn/index.ts';
import { CachedDecoder } from '../cached-decoder.ts';
import { contrastive } from '../clip/pretrain.ts';
import { parseConfig } from '../config.ts';
import type { Named, ReferenceClass } from '../reference.ts';
import { type BlipConfig, blipConfig, blipModelSchema } from './config.ts';
import { blip, first } from './model.ts';
import { nextTokens } from './pretrain.ts';
import { compileMemory, compileQuestion, compileSight, compileText, type WeightMap } from './programs.ts';
import { blipModelNames, blipNames } from './weights.ts';

/** What all classes report of the picture tower. */
function towerOutputs(p: Params, pixels: Tensor, seen: Tensor, { vision }: BlipConfig): Named<Tensor> {
  const scope = p.at('vision');
  const embeddings = visionEmbedding(scope, pixels, vision);
  return {
    vision_embeddings: embeddings,
    vision_layer_0: preNormBlock(scope.at('blocks', 0), embeddings, vision),
    vision_last_hidden_state: seen,
  };
}

export const BlipForConditionalGeneration: ReferenceClass = {
  trace(p, value, { pixel_values: pixels, input_ids: ids, attention_mask: mask, labels }) {
    const config = blipConfig(value);
    const model = blip(p, config);
    const seen = model.see(pixels);
    const hidden = model.write(ids, { mask, cross: model.about(seen) });
    const logits = model.head(hidden);
    return {
      logits,
      text_last_hidden_state: hidden,
      ...towerOutputs(p, pixels, seen, config),
      ...(labels && { loss: nextTokens(logits, labels, { smoothing: config.smoothing }) }),
    };
  },
  names: () => blipNames,

  async generate(value, weights, { options, inputs: { pixel_values: pixels }, prompt }) {
    const config = blipConfig(value);
    const memory = await look(config, weights, pixels, 'decoder');
    // Whatever a prompt begins and ends with is taken for [CLS] and [SEP].
    const ids = prompt?.ids.map((row) => [config.bos, ...row.slice(1, -1)]) ?? starts(config, pixels.shape[0]);
    const mask = prompt?.mask?.map((row) => row.slice(0, -1));
    return await writeAbout(config, weights, memory, ids, { options, mask });
  },
};

export const BlipForQuestionAnswering: ReferenceClass = {
  trace(p, value, inputs) {
    const config = blipConfig(value);
    const model = blip(p, config, { padding: config.pad });
    const { pixel_values: pixels, input_ids: ids, attention_mask: mask, labels } = inputs;
    const seen = model.see(pixels);
    const question = model.read(ids, { mask, cross: model.about(seen) });
    // Labels alone are what the decoder reads too: nothing has shifted them, the loss does so once.
    const { decoder_input_ids: answer = labels, decoder_attention_mask: answerMask } = inputs;
    // The library hands the question's mask to its cross-attention, which does not read it: padding is looked at (5.18).
    const logits = model.head(model.write(answer, { mask: answerMask, cross: model.about(question) }));
    return {
      decoder_logits: logits,
      question_last_hidden_state: question,
      ...towerOutputs(p, pixels, seen, config),
      ...(labels && { loss: nextTokens(logits, labels, { smoothing: config.smoothing }) }),
    };
  },
  names: () => blipNames,

  async generate(value, weights, { options, inputs: { pixel_values: pixels, input_ids: ids, attention_mask: mask } }) {
    const config = blipConfig(value);
    await using reading = await compileQuestion(config, weights);
    const perPicture = ({ shape: [rows, tokens], data }: NDArray) => int64([rows, 1, tokens], data as BigInt64Array);
    const memory = await look(config, weights, pixels, 'encoder');
    const question = await reading.run({ ids: perPicture(ids), mask: perPicture(mask), ...memory });
    return await writeAbout(config, weights, question, starts(config, pixels.shape[0]), { options });
  },
};

export const BlipForImageTextRetrieval: ReferenceClass = {
  trace(p, value, { pixel_values: pixels, input_ids: ids, attention_mask: mask }, { use_itm_head: matching = true }) {
    const config = blipConfig(value);
    const model = blip(p, config);
    const seen = model.see(pixels);
    const alone = model.read(ids, { mask });
    const grounded = model.read(ids, { mask, cross: model.about(seen) });
    // Both scores are traced, so that every tensor of the file is asked for.
    const similarity = model.embedPicture(seen).matmul(model.embedText(alone), { transposeB: true });
    const match = model.match(grounded);
    return {
      itm_score: matching ? match : similarity,
      question_embeds: matching ? grounded : alone,
      ...towerOutputs(p, pixels, seen, config),
    };
  },
  names: () => blipNames,
};

export const BlipModel: ReferenceClass = {
  trace(p, value, { pixel_values: pixels, input_ids: ids, attention_mask: mask }) {
    const config = blipConfig(value);
    const { projection_dim: shared, logit_scale_init_value: scale } = parseConfig(blipModelSchema, value);
    const model = blip(p, config);
    const seen = model.see(pixels);
    const text = model.read(ids, { mask });
    // The class token is normed a second time, as in the library.
    const pooled = layerNorm(p.at('vision', 'norm'), first(seen), config.vision.eps);
    const project = (name: string, x: Tensor) => unit(linear(p.at(name), x, shared, { bias: false }));
    const image = project('projectImage', pooled);
    const words = project('projectText', pooler(p.at('pooler'), text));
    const logits = image.matmul(words, { transposeB: true }).mul(p.get('logitScale', [], init.constant(scale)).exp());
    return {
      loss: contrastive(logits),
      logits_per_image: logits,
      logits_per_text: logits.transpose([1, 0]),
      image_embeds: image,
      text_embeds: words,
      text_last_hidden_state: text,
      vision_last_hidden_state: seen,
      vision_pooled: pooled,
    };
  },
  names: () => blipModelNames,
};

/** pixels → what a stack's texts need of the pictures. */
async function look(config: BlipConfig, weights: WeightMap, pixels: NDArray, stack: 'encoder' | 'decoder') {
  const [height, width] = pixels.shape.slice(-2);
  await using sight = await compileSight(config, weights, { height, width });
  await using memory = await compileMemory(config, weights, stack);
  const { seen } = await sight.run({ pixels });
  return await memory.run({ seen });
}

const starts = ({ bos }: BlipConfig, rows: number) => Array.from({ length: rows }, () => [bos]);

async function writeAbout(
  config: BlipConfig,
  weights: WeightMap,
  memory: Named<NDArray>,
  ids: number[][],
  { options, mask }: { options: GenerateOptions; mask?: number[][] },
) {
  await using program = await compileText(config, weights);
  const decoder = new CachedDecoder({ program, text: config.text, memory });
  const shape = [ids.length, ids[0].length];
  const prompts = { ids: int64(shape, ids.flat()), mask: mask && int64(shape, mask.flat()) };
  return await generate(decoder, prompts, { ...options, eos: config.eos, pad: config.pad });
}
