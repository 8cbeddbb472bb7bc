/** CLIP as Hugging Face's `CLIPModel` and `CLIPTextModel`. */
import { clipTextPool, clipTextTower, unit } from '../../nn/index.ts';
import { parseConfig } from '../config.ts';
import type { ReferenceClass } from '../reference.ts';
import { clipSchema, clipTextSchema } from './config.ts';
import { clip } from './model.ts';
import { contrastive } from './pretrain.ts';
import { clipNames, clipTextNames } from './weights.ts';

export const CLIPModel: ReferenceClass = {
  trace(p, value, { pixel_values: pixels, input_ids: ids, attention_mask: mask }) {
    const model = clip(p, parseConfig(clipSchema, value));
    const [seen, read] = [model.see(pixels), model.read(ids, mask)];
    const [vision, text] = [model.projectImage(seen.pooled), model.projectText(read.pooled)];
    const [image, words] = [unit(vision), unit(text)];
    const logits = model.similarity(image, words);
    return {
      loss: contrastive(logits),
      logits_per_image: logits,
      logits_per_text: logits.transpose([1, 0]),
      image_embeds: image,
      text_embeds: words,
      vision_last_hidden_state: seen.tokens,
      text_last_hidden_state: read.tokens,
      // The reference replaces the towers' pooled outputs by their projections.
      vision_pooled: vision,
      text_pooled: text,
    };
  },
  names: () => clipNames,
};

export const CLIPTextModel: ReferenceClass = {
  trace(p, value, { input_ids: ids, attention_mask: mask }) {
    const config = parseConfig(clipTextSchema, value);
    const tokens = clipTextTower(p.at('text'), ids, mask, config);
    return { last_hidden_state: tokens, pooled: clipTextPool(tokens, ids, config.eos) };
  },
  names: () => clipTextNames,
};
