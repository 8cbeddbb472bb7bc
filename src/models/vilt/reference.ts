/** ViLT as Hugging Face's classes. */
import { concat, crossEntropy, type Params, type Tensor } from '../../core/index.ts';
import { answerLoss, type Joined, wordLoss } from '../objectives/index.ts';
import type { Named, ReferenceClass } from '../reference.ts';
import { viltConfig } from './config.ts';
import { type Picture, type Vilt, vilt } from './model.ts';
import { patchMask } from './positions.ts';
import { viltNames } from './weights.ts';

const names: ReferenceClass['names'] = (value) => viltNames(viltConfig(value));

/** Pixels [b, 3, h, w] and their mask int64 [b, h, w] as a picture. */
const pictureOf = (pixels: Tensor, mask: Tensor | undefined, patchSize: number): Picture => ({
  pixels,
  mask: mask && patchMask(mask, patchSize),
});

function encode(model: Vilt, inputs: Named<Tensor>, picture: Picture, image = 0): Joined {
  const { input_ids: ids, attention_mask: mask, token_type_ids: types } = inputs;
  return model.encode(model.read(ids, { mask, types }), model.see(picture, { image }));
}

type Head = (model: Vilt, encoded: Joined, inputs: Named<Tensor>) => { logits: Tensor; loss?: Tensor };

/** A class for one picture: its head, and what every such class shows beside it. */
const singleImage = (head: Head): ReferenceClass => ({
  trace(p: Params, value, inputs) {
    const config = viltConfig(value);
    const model = vilt(p, config);
    const encoded = encode(model, inputs, pictureOf(inputs.pixel_values, inputs.pixel_mask, config.vision.patchSize));
    return {
      ...head(model, encoded, inputs),
      text_embeddings: model.words(inputs.input_ids, { types: inputs.token_type_ids }),
      text_last_hidden_state: encoded.text,
      pooled: encoded.pooled,
    } as Named<Tensor>;
  },
  names,
});

export const ViltForMaskedLM = singleImage((model, { text }, { labels }) => {
  const logits = model.fill(text);
  return { logits, ...(labels && { loss: wordLoss(logits, labels) }) };
});

export const ViltForQuestionAnswering = singleImage((model, { pooled }, { labels }) => {
  const logits = model.classify(pooled);
  return { logits, ...(labels && { loss: answerLoss(logits, labels) }) };
});

export const ViltForImageAndTextRetrieval = singleImage((model, { pooled }) => ({ logits: model.rank(pooled) }));

/** Pictures [b, i, 3, h, w]: one pass each with the same text, then one decision over all. */
export const ViltForImagesAndTextClassification: ReferenceClass = {
  trace(p, value, inputs) {
    const config = viltConfig(value);
    const model = vilt(p, config);
    const one = (x: Tensor, image: number) => x.slice(1, image, image + 1).squeeze(1);
    const passes = Array.from({ length: config.images }, (_, image) => {
      const mask = inputs.pixel_mask && one(inputs.pixel_mask, image);
      const picture = pictureOf(one(inputs.pixel_values, image), mask, config.vision.patchSize);
      return encode(model, inputs, picture, image);
    });
    const [first, second] = passes;
    const pooled = passes.map((pass) => pass.pooled);
    const logits = model.classify(concat(pooled, 1));
    return {
      logits,
      text_embeddings: model.words(inputs.input_ids, { types: inputs.token_type_ids }),
      text_last_hidden_state: first.text,
      pooled: first.pooled,
      ...(second && { pooled_second: second.pooled }),
      ...(inputs.labels && { loss: crossEntropy(logits, inputs.labels) }),
    } as Named<Tensor>;
  },
  names,
};
