/** GIT as Hugging Face's `GitForCausalLM`. */
import { crossEntropy, type Tensor } from '../../core/index.ts';
import type { ReferenceClass } from '../reference.ts';
import { gitConfig } from './config.ts';
import { git } from './model.ts';
import { gitNames } from './weights.ts';

export const GitForCausalLM: ReferenceClass = {
  trace(p, value, inputs) {
    const config = gitConfig(value);
    const model = git(p, config);
    const { pixel_values: pixels, input_ids: ids, attention_mask: mask, labels } = inputs;
    const picture = model.encode(pixels);
    const hidden = model.decode(picture, ids, { mask });
    const logits = model.head(hidden);
    const n = picture.size(1);
    const outputs: Record<string, Tensor> = {
      logits,
      last_hidden_state: hidden,
      projected_visual_features: picture,
      vision_last_hidden_state: model.see(pixels.rank === 5 ? pixels.slice(1, 0, 1).squeeze(1) : pixels),
    };
    if (labels) {
      const predicting = logits.slice(1, n, -1);
      outputs.loss = crossEntropy(predicting.reshape([-1, config.text.vocabulary]), labels.slice(1, 1).reshape([-1]));
    }
    return outputs;
  },
  names: (value) => gitNames(gitConfig(value)),
};
