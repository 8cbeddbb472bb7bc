/** A reference class of ours on stored inputs: its outputs and gradients against the stored ones. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindWeights, openCheckpoint, publishTensors } from '../checkpoint/index.ts';
import { grad, input, type NDArray, ParameterList, type Tensor, UsageError } from '../core/index.ts';
import type { Named, ReferenceClass, WeightMap } from '../models/index.ts';
import { compile } from '../runtime/index.ts';
import { type Check, compare, type Tolerance } from './comparison.ts';

export interface StoredCase extends Tolerance {
  inputs: readonly string[];
  outputs: readonly string[];
  options?: Record<string, unknown>;
  /** Published parameter names; `inputs.<name>` is the gradient of an input. */
  gradients?: readonly string[];
  /** Output → the input of 0 and 1 that says which rows are compared. */
  compare_where?: Record<string, string>;
}

export interface CaseResult {
  checks: Check[];
  config: unknown;
  feeds: Named<NDArray>;
  weights: WeightMap;
}

/** Gradients are of what `lossOf` makes of the outputs. */
export async function verifyReference(
  folder: string,
  golden: StoredCase,
  reference: ReferenceClass,
  lossOf: (outputs: Named<Tensor>) => Tensor,
): Promise<CaseResult> {
  const config = readJson<unknown>(join(folder, 'config.json'));
  const { options = {}, gradients: wantedGradients = [] } = golden;
  const stored = await openCheckpoint(join(folder, 'golden.safetensors'));
  const read = async (kind: string, names: readonly string[]): Promise<Named<NDArray>> =>
    Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await stored.read(`${kind}/${name}`)] as const)),
    );

  const given = await read('inputs', golden.inputs);
  const feeds = reference.prepare?.(given, config, options) ?? given;
  const list = new ParameterList();
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]),
  );
  const outputs = reference.trace(list.root, config, inputs, options);
  const names = reference.names(config);
  const weightFile = join(folder, 'model.safetensors');
  const weights: WeightMap = existsSync(weightFile)
    ? await bindWeights({ wanted: list.shapes(), checkpoint: await openCheckpoint(weightFile), names })
    : new Map();

  const parameters = wantedGradients.length ? [...list] : [];
  const sloping = wantedGradients.flatMap((name) => inputOf(name) ?? []);
  const slopes = wantedGradients.length
    ? grad(lossOf(outputs), [...parameters.map(({ tensor }) => tensor), ...sloping.map((name) => inputs[name])])
    : [];
  const wanted: Named<Tensor> = Object.fromEntries(
    golden.outputs.flatMap((name) => (outputs[name] ? [[name, outputs[name]]] : [])),
  );
  for (const [i, { path }] of parameters.entries()) wanted[`gradients/${path}`] = slopes[i];
  for (const [i, name] of sloping.entries()) wanted[`gradients/inputs.${name}`] = slopes[parameters.length + i];
  await using program = await compile(wanted, { weights });
  const results = await program.run(Object.fromEntries(program.inputs.map((name) => [name, feeds[name]])));

  const where = golden.compare_where ?? {};
  const expected = await read('outputs', golden.outputs);
  const checks = golden.outputs.map((name) => compare(name, results[name], expected[name], golden, feeds[where[name]]));
  const published = publishTensors(new Map(parameters.map(({ path }) => [path, results[`gradients/${path}`]])), names);
  const expectedSlopes = await read('gradients', wantedGradients);
  for (const name of wantedGradients) {
    const ours = inputOf(name) ? results[`gradients/${name}`] : spelled(published, name);
    checks.push(compare(`gradients/${name}`, ours, expectedSlopes[name], golden));
  }
  return { checks, config, feeds, weights };
}

const inputOf = (gradient: string) => /^inputs\.(.+)$/.exec(gradient)?.[1];

/** Files of a bare model leave out the prefix that the names of a whole model carry. */
const spelled = (published: ReadonlyMap<string, NDArray>, name: string): NDArray | undefined =>
  published.get(name) ?? [...published].find(([key]) => key.endsWith(`.${name}`))?.[1];

/** The output of this name, which a loss is taken from. */
export function outputOf(outputs: Named<Tensor>, name: string): Tensor {
  if (!outputs[name]) throw new UsageError(`the gradients are of '${name}', which this class does not compute`);
  return outputs[name];
}

export const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;
