/** One model of a golden folder: outputs, loss, gradients and generated ids against the stored ones. */
import { join } from 'node:path';
import { type NDArray, type Tensor, UsageError } from '../core/index.ts';
import type { GenerateOptions } from '../generate/index.ts';
import { type Named, type ReferenceClass, referenceClass, type WeightMap } from '../models/index.ts';
import { type Check, sameJson } from './comparison.ts';
import { outputOf, readJson, type StoredCase, verifyReference } from './reference-case.ts';

interface StoredGeneration {
  options: Record<string, number | boolean>;
  inputs: string[];
  prompt_ids: number[][] | null;
  prompt_mask: number[][] | null;
  token_ids: number[][];
  scores?: number[];
}

interface Golden extends StoredCase {
  class: string;
  loss?: string;
  generate?: StoredGeneration[];
}

/** Runs the case in `folder`. */
export async function verifyModel(folder: string): Promise<Check[]> {
  const golden = readJson<Golden>(join(folder, 'golden.json'));
  const reference = await referenceClass(golden.class);
  if (!reference) throw new UsageError(`${folder}: no class ${golden.class} here yet`);
  const { checks, config, weights, feeds } = await verifyReference(folder, golden, reference, lossOf(golden));
  for (const [i, generation] of (golden.generate ?? []).entries())
    checks.push(...(await verifyGeneration(`generate ${i}`, reference, config, weights, generation, feeds)));
  return checks;
}

/** The class's own loss, or the mean square of an output where it has none. */
function lossOf({ loss }: Golden): (outputs: Named<Tensor>) => Tensor {
  const square = /^mean_square\((\w+)\)$/.exec(loss ?? '')?.[1];
  return (outputs) => {
    const source = outputOf(outputs, square ?? 'loss');
    return square ? source.mul(source).mean() : source;
  };
}

async function verifyGeneration(
  name: string,
  reference: ReferenceClass,
  config: unknown,
  weights: WeightMap,
  stored: StoredGeneration,
  feeds: Named<NDArray>,
): Promise<Check[]> {
  if (!reference.generate) return [{ name, pass: false, note: 'this class does not generate here' }];
  const { sequences, scores } = await reference.generate(config, weights, {
    options: translate(stored.options),
    inputs: Object.fromEntries(stored.inputs.map((input) => [input, feeds[input]])),
    prompt: stored.prompt_ids ? { ids: stored.prompt_ids, mask: stored.prompt_mask ?? undefined } : undefined,
  });
  const checks = [sameJson(name, sequences, stored.token_ids)];
  if (stored.scores) {
    const error = Math.max(...stored.scores.map((score, i) => Math.abs(score - scores[i])));
    checks.push({ name: `${name} scores`, pass: error <= 1e-4, error });
  }
  return checks;
}

const spellings: Record<string, string> = {
  max_new_tokens: 'maxNewTokens',
  min_new_tokens: 'minNewTokens',
  max_length: 'maxLength',
  min_length: 'minLength',
  num_beams: 'beams',
  length_penalty: 'lengthPenalty',
  repetition_penalty: 'repetitionPenalty',
  no_repeat_ngram_size: 'noRepeatNgram',
  early_stopping: 'earlyStopping',
  num_return_sequences: 'sequences',
};

/** Never sampling, and positions stretched to the picture, are what happens here without being asked. */
const implied = new Set(['do_sample', 'interpolate_pos_encoding']);

function translate(options: Record<string, number | boolean>): GenerateOptions {
  const ours: Record<string, number | boolean> = {};
  for (const [name, value] of Object.entries(options)) {
    if (implied.has(name)) continue;
    if (!spellings[name]) throw new UsageError(`the stored generation uses ${name}, which has no counterpart here`);
    ours[spellings[name]] = value;
  }
  return ours as GenerateOptions;
}
