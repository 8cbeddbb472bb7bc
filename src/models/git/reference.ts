/** GIT as Hugging Face's `GitForCausalLM`. */
import { crossEntropy, int64, type Tensor } from '../../core/index.ts';
import { generate } from '../../generate/index.ts';
import { CachedDecoder } from '../cached-decoder.ts';
import type { ReferenceClass } from '../reference.ts';
import { gitConfig } from './config.ts';
import { git } from './model.ts';
import { compileSight, compileText } from './programs.ts';
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

  async generate(value, weights, { options, inputs: { pixel_values: pixels }, prompt }) {
    const config = gitConfig(value);
    const [height, width] = pixels.shape.slice(-2);
    const frames = pixels.shape.length === 5 ? pixels.shape[1] : undefined;
    await using sight = await compileSight(config, weights, { height, width, frames });
    await using text = await compileText(config, weights);
    const memory = await sight.run({ pixels });
    const decoder = new CachedDecoder({ program: text, text: config.text, memory });
    const ids = prompt?.ids ?? Array.from({ length: pixels.shape[0] }, () => [config.bos]);
    const rows = [ids.length, ids[0].length];
    const mask = prompt?.mask && int64(rows, prompt.mask.flat());
    return await generate(
      decoder,
      { ids: int64(rows, ids.flat()), mask },
      { ...options, eos: config.eos, pad: config.pad },
    );
  },
};
