/** The train step: forward, loss and gradients compiled as one graph that reads weights and writes gradients in place. */
import { grad, input, int64, type NDArray, type ParameterList, share, type Tensor, UsageError } from '../core/index.ts';
import { type CompileOptions, compile, type Program } from '../runtime/index.ts';
import { ParameterStore } from './store.ts';

export interface StepOptions extends Pick<CompileOptions, 'device' | 'threads' | 'engine' | 'profile' | 'signal'> {
  parameters: ParameterList;
  /** Where the numbers live, for steps of several objectives that train one model; default: a store of its own. */
  store?: ParameterStore;
  /** The graph's inputs by name. An int64 input without axes called `key` is fed by the trainer. */
  inputs: Readonly<Record<string, Tensor>>;
  /** float32 without axes. */
  loss: Tensor;
  /** Further numbers to report at each step: tensors without axes. */
  metrics?: Readonly<Record<string, Tensor>>;
  /** Which parameters learn. Default: all. Frozen ones cost no backward work and no optimiser state. */
  trainable?: (path: string) => boolean;
  /** Parameters that the step itself moves, by path, with their next values: slow copies of weights, queues of features. */
  moves?: ReadonlyMap<string, Tensor>;
  /** Keep what passes between blocks alone, and compute their insides again in the backward pass: less memory, more time. */
  recompute?: boolean;
  /** Add gradients to what their array holds instead of replacing it, so that several batches can make one update. */
  adds?: boolean;
}

/** Numbers of one run of the step graph. */
export interface StepResult {
  loss: number;
  metrics: Record<string, number>;
}

export class TrainStep implements AsyncDisposable {
  readonly store: ParameterStore;
  readonly program: Program;
  readonly inputs: readonly string[];
  readonly metrics: readonly string[];
  readonly adds: boolean;
  readonly #moved: readonly string[];
  readonly #weights: Record<string, NDArray>;

  constructor(
    program: Program,
    store: ParameterStore,
    { inputs, metrics, moved, adds }: Pick<TrainStep, 'inputs' | 'metrics' | 'adds'> & { moved: readonly string[] },
  ) {
    this.program = program;
    this.store = store;
    this.inputs = inputs;
    this.metrics = metrics;
    this.adds = adds;
    this.#moved = moved;
    this.#weights = weightsFor(program, store.views());
  }

  /** Whether the graph draws random numbers. */
  get needsKey(): boolean {
    return this.inputs.includes('key');
  }

  /** Runs one batch; gradients of the trainable parameters go into `gradients`, laid out like the store, or are added to it. */
  async run(batch: Record<string, NDArray>, gradients: Float32Array, key = 0): Promise<StepResult> {
    const views = this.store.views(gradients);
    const named = (name: (path: string) => string) =>
      Object.fromEntries([...views].map(([path, view]) => [name(path), view]));
    const into = named(gradientName);
    const feeds = {
      ...this.#weights,
      ...batch,
      ...(this.needsKey && !batch.key ? { key: int64([], [key]) } : {}),
      // The same memory goes in and comes out: a sum of two arrays may be written into one of them.
      ...(this.adds ? named(sumName) : {}),
    };
    const results = await this.program.run(feeds, { into });
    // Not written in place by the graph, which may still read the old values while it has the new ones.
    this.store.load(new Map(this.#moved.map((path) => [path, results[nextName(path)]])));
    const number = (name: string) => Number(results[name].data[0]);
    return { loss: number('loss'), metrics: Object.fromEntries(this.metrics.map((name) => [name, number(name)])) };
  }

  release(): Promise<void> {
    return this.program.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

const gradientName = (path: string) => `gradient ${path}`;
const sumName = (path: string) => `sum ${path}`;
const nextName = (path: string) => `next ${path}`;

/** The arrays among `weights` that a program takes as inputs. */
export function weightsFor(program: Program, weights: ReadonlyMap<string, NDArray>): Record<string, NDArray> {
  const wanted = new Set(program.inputs);
  return Object.fromEntries([...weights].filter(([path]) => wanted.has(path)));
}

/** Compiles a train step and lays out its parameters (zeros until `store.initialise` or `store.load`). */
export async function compileStep({
  parameters,
  inputs,
  loss,
  metrics = {},
  trainable,
  store = new ParameterStore(parameters, trainable),
  moves = new Map(),
  recompute,
  adds = false,
  ...options
}: StepOptions): Promise<TrainStep> {
  if ('loss' in metrics) throw new UsageError("metrics: the name 'loss' is taken by the loss itself; choose another");
  if (store.trainable.length === 0) throw new UsageError('trainable: no parameter is left to train; widen the rule');
  const nexts = Object.fromEntries([...moves].map(([path, next]) => [nextName(path), next]));
  // Before the gradient: what two parts of the loss compute alike then has one backward pass, too.
  const outputs = share({ loss, ...metrics, ...nexts });
  const gradients = grad(
    outputs.loss,
    store.trainable.map(({ parameter }) => parameter.tensor),
    { recompute },
  );
  for (const [i, { parameter }] of store.trainable.entries()) {
    const { path, shape } = parameter;
    outputs[gradientName(path)] = adds ? input(sumName(path), shape).add(gradients[i]) : gradients[i];
  }
  const program = await compile(outputs, options);
  const used = Object.keys(inputs).filter((name) => program.inputs.includes(name));
  return new TrainStep(program, store, { inputs: used, metrics: Object.keys(metrics), moved: [...moves.keys()], adds });
}
