/** Learning from one objective, or from several of which each step draws one (as UNITER does), with one set of weights. */
import { float32, type NDArray, type ParameterList, type Tensor } from '../../src/core/index.ts';
import { Random } from '../../src/data/random.ts';
import { pickTask } from '../../src/models/objectives/index.ts';
import { batchKey, compileStep, Learner, ParameterStore, rateAt } from '../../src/train/index.ts';
import { drawWeights } from '../first-weights.ts';

/** Steps are small, and gain little from a second core. */
const threads = 1;

export type Weights = ReadonlyMap<string, NDArray>;
export type Batch = Record<string, NDArray>;

/** An objective, traced, and what it is given. */
export interface Lesson {
  inputs: Readonly<Record<string, Tensor>>;
  loss: Tensor;
  metrics?: Readonly<Record<string, Tensor>>;
  /** How often it is drawn beside the others. */
  weight?: number;
  /** May hold more than the objective reads. */
  batch(random: Random): Batch;
}

export interface LearnOptions {
  steps: number;
  rate: number;
  seed: number;
  /** Weights to go on from, as far as they fit: heads of other objectives are left behind. */
  from?: Weights;
}

/** Trains the parameters that the lessons were traced with, and gives their averaged numbers. */
export async function learn(
  parameters: ParameterList,
  lessons: Readonly<Record<string, Lesson>>,
  { steps, rate: peak, seed, from }: LearnOptions,
): Promise<Weights> {
  const store = new ParameterStore(parameters);
  const entries = await Promise.all(
    Object.entries(lessons).map(async ([name, lesson]) => {
      return [name, await compileStep({ parameters, store, threads, ...lesson })] as const;
    }),
  );
  const compiled = new Map(entries);
  drawWeights({ store }, seed);
  if (from) store.load(new Map([...from].filter(([path]) => parameters.get(path))));
  const weights = Object.fromEntries(Object.entries(lessons).map(([name, { weight = 1 }]) => [name, weight]));
  let lesson = '';
  const learner = new Learner(
    { store, run: (batch, gradients, key) => compiled.get(lesson)!.run(batch, gradients, key) },
    { optimizer: { decay: 0.05, rules: [{ match: /bias|norm|class$|positions/i, decay: 0 }] }, average: 0.99 },
  );
  const began = performance.now();
  const recent = new Map<string, number>();
  for (let count = 1; count <= steps; count++) {
    const random = new Random(seed, count);
    lesson = pickTask(weights, () => random.next());
    const whole = lessons[lesson].batch(random);
    const { inputs } = compiled.get(lesson)!;
    const batch = Object.fromEntries(Object.entries(whole).filter(([name]) => inputs.includes(name)));
    const rate = rateAt({ kind: 'cosine', peak, warmup: steps / 10, steps, floor: peak / 50 }, count - 1);
    const { loss, metrics } = await learner.update(async () => ({ batch, key: batchKey(seed, count) }), {
      rate,
      count,
    });
    for (const [name, value] of Object.entries({ [lesson]: loss, ...metrics }))
      recent.set(name, value + 0.9 * ((recent.get(name) ?? value) - value));
    if (count % 50 === 0) {
      const parts = [...recent].map(([name, value]) => `${name} ${value.toFixed(3)}`);
      const ms = (performance.now() - began) / count;
      console.error(`  ${count} of ${steps}: ${parts.join(', ')}; ${ms.toFixed(0)} ms a step`);
    }
  }
  const learnt = [...learner.weights].map(([path, { shape, data }]): [string, NDArray] => [
    path,
    float32(shape, Float32Array.from(data as Float32Array)),
  ]);
  await Promise.all(entries.map(([, step]) => step.release()));
  return new Map(learnt);
}
