/** One model of a golden folder: outputs, loss, gradients and generated ids against the stored ones. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindWeights, openCheckpoint, publishTensors } from '../checkpoint/index.ts';
import { grad, input, type NDArray, ParameterList, type Tensor, UsageError } from '../core/index.ts';
import type { GenerateOptions } from '../generate/index.ts';
import { type Named, type ReferenceClass, referenceClass } from '../models/index.ts';
import { compile } from '../runtime/index.ts';
import { type Check, compare, sameJson, type Tolerance } from './comparison.ts';

interface StoredGeneration {
  options: Record<string, number | boolean>;
  inputs: string[];
  prompt_ids: number[][] | null;
  prompt_mask: number[][] | null;
  token_ids: number[][];
  scores?: number[];
}

interface Golden extends Tolerance {
  class: string;
  inputs: string[];
  outputs: string[];
  options?: Record<string, unknown>;
  loss?: string;
  gradients?: string[];
  generate?: StoredGeneration[];
  compare_where?: Record<string, string>;
}

/** Runs the case in `folder`. */
export async function verifyModel(folder: string): Promise<Check[]> {
  const golden = readJson<Golden>(join(folder, 'golden.json'));
  const config = readJson<unknown>(join(folder, 'config.json'));
  const reference = await referenceClass(golden.class);
  if (!reference) throw new UsageError(`${folder}: no class ${golden.class} here yet`);
  const stored = await openCheckpoint(join(folder, 'golden.safetensors'));
  const read = (kind: string, names: readonly string[]) =>
    Promise.all(names.map(async (name) => [name, await stored.read(`${kind}/${name}`)] as const)).then(
      Object.fromEntries<NDArray>,
    );

  const feeds = await read('inputs', golden.inputs);
  const list = new ParameterList();
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]),
  );
  const outputs = reference.trace(list.root, config, inputs, golden.options ?? {});
  const names = reference.names(config);
  const checkpoint = await openCheckpoint(join(folder, 'model.safetensors'));
  const weights = await bindWeights({ wanted: list.shapes(), checkpoint, names });

  const parameters = golden.gradients?.length ? [...list] : [];
  const gradients = grad(
    lossOf(golden, outputs),
    parameters.map(({ tensor }) => tensor),
  );
  const wanted: Named<Tensor> = Object.fromEntries(
    golden.outputs.flatMap((name) => (outputs[name] ? [[name, outputs[name]]] : [])),
  );
  for (const [i, { path }] of parameters.entries()) wanted[`gradients/${path}`] = gradients[i];
  await using program = await compile(wanted, { weights });
  const used = Object.fromEntries(program.inputs.map((name) => [name, feeds[name]]));
  const results = await program.run(used);

  const checks: Check[] = [];
  const where = golden.compare_where ?? {};
  const expected = await read('outputs', golden.outputs);
  for (const name of golden.outputs)
    checks.push(compare(name, results[name], expected[name], golden, feeds[where[name]]));
  const published = publishTensors(new Map(parameters.map(({ path }) => [path, results[`gradients/${path}`]])), names);
  const slopes = await read('gradients', golden.gradients ?? []);
  for (const name of golden.gradients ?? [])
    checks.push(compare(`gradients/${name}`, spelled(published, name), slopes[name], golden));
  for (const [i, generation] of (golden.generate ?? []).entries())
    checks.push(...(await verifyGeneration(`generate ${i}`, reference, config, weights, generation, feeds)));
  return checks;
}

/** Files of a bare model leave out the prefix that the names of a whole model carry. */
const spelled = (published: ReadonlyMap<string, NDArray>, name: string): NDArray | undefined =>
  published.get(name) ?? [...published].find(([key]) => key.endsWith(`.${name}`))?.[1];

/** The class's own loss, or the mean square of an output where it has none. */
function lossOf({ loss }: Golden, outputs: Named<Tensor>): Tensor {
  const square = /^mean_square\((\w+)\)$/.exec(loss ?? '')?.[1];
  const source = outputs[square ?? 'loss'];
  return square ? source.mul(source).mean() : source;
}

async function verifyGeneration(
  name: string,
  reference: ReferenceClass,
  config: unknown,
  weights: Awaited<ReturnType<typeof bindWeights>>,
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

function translate(options: Record<string, number | boolean>): GenerateOptions {
  const ours: Record<string, number | boolean> = {};
  for (const [name, value] of Object.entries(options)) {
    if (name === 'do_sample') continue;
    if (!spellings[name]) throw new UsageError(`the stored generation uses ${name}, which has no counterpart here`);
    ours[spellings[name]] = value;
  }
  return ours as GenerateOptions;
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;
