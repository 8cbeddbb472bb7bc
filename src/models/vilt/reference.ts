/** ViLT as Hugging Face's classes. */
import { concat, crossEntropy, type Params, type Tensor } from '../../core/index.ts';
import { answerLoss } from '../objectives/index.ts';
import type { Named, ReferenceClass } from '../reference.ts';
import { viltConfig } from './config.ts';
import { type Encoded, type Vilt, vilt } from './model.ts';
import { patchMask } from './positions.ts';
import { viltNames } from './weights.ts';

const names: ReferenceClass['names'] = (value) => viltNames(viltConfig(value));

interface Picture {
  /** [b, 3, h, w] */
  pixels: Tensor;
  /** int64 [b, h, w] */
  mask?: Tensor;
  /** Which of an example's pictures it is. */
  image?: number;
}

function encode(model: Vilt, patchSize: number, inputs: Named<Tensor>, { pixels, mask, image }: Picture): Encoded {
  const { input_ids: ids, attention_mask: textMask, token_type_ids: types } = inputs;
  const seen = model.see(pixels, { mask: mask && patchMask(mask, patchSize), image });
  return model.encode(model.read(ids, { mask: textMask, types }), seen);
}

type Head = (model: Vilt, encoded: Encoded, inputs: Named<Tensor>) => { logits: Tensor; loss?: Tensor };

/** A class for one picture: its head, and what every such class shows beside it. */
const singleImage = (head: Head): ReferenceClass => ({
  trace(p: Params, value, inputs) {
    const config = viltConfig(value);
    const model = vilt(p, config);
    const { pixel_values: pixels, pixel_mask: mask } = inputs;
    const encoded = encode(model, config.vision.patchSize, inputs, { pixels, mask });
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
  const rows = logits.reshape([-1, logits.width]);
  return { logits, ...(labels && { loss: crossEntropy(rows, labels.reshape([-1])) }) };
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
      return encode(model, config.vision.patchSize, inputs, { pixels: one(inputs.pixel_values, image), mask, image });
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
