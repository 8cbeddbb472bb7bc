/** OPT as Hugging Face's `OPTForCausalLM`. */
import { crossEntropy } from '../../core/index.ts';
import { generate } from '../../generate/index.ts';
import { optDecoder } from '../../nn/index.ts';
import { CachedDecoder } from '../cached-decoder.ts';
import type { ReferenceClass } from '../reference.ts';
import { optConfig } from './config.ts';
import { compileOpt } from './programs.ts';
import { optNames } from './weights.ts';

export const OPTForCausalLM: ReferenceClass = {
  trace(p, value, { input_ids: ids, attention_mask: mask, labels }) {
    const { text } = optConfig(value);
    const model = optDecoder(p.at('text'), text);
    const hidden = model.read(model.embed(ids), { mask });
    const logits = model.head(hidden);
    const loss =
      labels && crossEntropy(logits.slice(1, 0, -1).reshape([-1, text.vocabulary]), labels.slice(1, 1).reshape([-1]));
    return { logits, last_hidden_state: hidden, ...(loss ? { loss } : {}) };
  },
  names: (value) => optNames(optConfig(value).text),

  async generate(value, weights, { options, inputs: { input_ids: ids, attention_mask: mask } }) {
    const { text, eos, pad } = optConfig(value);
    await using program = await compileOpt(text, weights);
    return await generate(new CachedDecoder({ program, text }), { ids, mask }, { ...options, eos, pad });
  },
};
