/** All numbers that training changes, and one update of them: gradients, clipping, optimiser, average of the weights. */
import { type NDArray, SightreadError, UsageError } from '../core/index.ts';
import type { Arrays } from './checkpoints.ts';
import { averageInto, norm } from './flat.ts';
import { AdamW, type AdamWOptions } from './optimizer.ts';
import type { TrainStep } from './step.ts';

export interface LearnerOptions {
  optimizer?: AdamWOptions;
  /** Batches whose mean gradient makes one update; more than one need a step that `adds`. */
  accumulate?: number;
  /** Largest gradient norm; larger gradients are scaled down to it. 0 switches clipping off. */
  clip?: number;
  /** Decay of the exponential average of the weights, such as 0.999; absent: no average is kept. */
  average?: number;
}

export interface Update {
  loss: number;
  metrics: Record<string, number>;
  /** Norm of the mean gradient before clipping. */
  norm: number;
}

/** What is learnt from: one compiled step, or several over one store of which each run takes the one that its batch is for. */
export type Lessons = Pick<TrainStep, 'store' | 'run'> & Partial<Pick<TrainStep, 'adds'>>;

export class Learner {
  readonly #step: Lessons;
  readonly #accumulate: number;
  readonly #clip: number;
  readonly #decay: number | undefined;
  readonly #optimizer: AdamW;
  readonly #gradients: Float32Array;
  readonly #average: Float32Array | undefined;

  constructor(step: Lessons, { optimizer, accumulate = 1, clip = 1, average }: LearnerOptions) {
    const { store } = step;
    if (accumulate > 1 && !step.adds)
      throw new UsageError(`accumulate: ${accumulate} batches an update need a step compiled with { adds: true }`);
    this.#step = step;
    this.#accumulate = accumulate;
    this.#clip = clip;
    this.#decay = average;
    this.#optimizer = new AdamW(store, optimizer);
    const floats = () => store.arena.floats(store.trainableLength);
    this.#gradients = floats();
    if (average !== undefined) {
      this.#average = floats();
      this.#average.set(store.values.subarray(0, store.trainableLength));
    }
  }

  /** The weights to use: the average where one is kept. Views of memory that later updates change. */
  get weights(): Map<string, NDArray> {
    return this.#step.store.views(this.#average, { complete: true });
  }

  /**
   * Update number `count` (from 1) from batches that `next` gives with their random keys. Nothing is changed, and the
   * first bad parameter is named, when the loss or a gradient is not a finite number.
   */
  async update(
    next: () => Promise<{ batch: Record<string, NDArray>; key: number }>,
    { rate, count }: { rate: number; count: number },
  ): Promise<Update> {
    const sum: Update = { loss: 0, metrics: {}, norm: 0 };
    if (this.#step.adds) this.#gradients.fill(0);
    for (let i = 0; i < this.#accumulate; i++) {
      const { batch, key } = await next();
      const { loss, metrics } = await this.#step.run(batch, this.#gradients, key);
      sum.loss += loss / this.#accumulate;
      for (const [name, value] of Object.entries(metrics))
        sum.metrics[name] = (sum.metrics[name] ?? 0) + value / this.#accumulate;
    }
    sum.norm = norm(this.#gradients) / this.#accumulate;
    if (!Number.isFinite(sum.loss) || !Number.isFinite(sum.norm)) throw this.#fault(count, sum.loss);
    const clipped = this.#clip > 0 && sum.norm > this.#clip ? this.#clip / sum.norm : 1;
    this.#optimizer.update(this.#gradients, { rate, count, scale: clipped / this.#accumulate });
    if (this.#average && this.#decay !== undefined)
      // Early averages follow closely, or the random start would stay in them for 1 / (1 - decay) steps.
      averageInto(this.#average, this.#step.store.values, Math.min(this.#decay, (1 + count) / (10 + count)));
    return sum;
  }

  /** Everything that a checkpoint keeps, as views that are read to save and written to restore. */
  arrays(): Arrays {
    const { store } = this.#step;
    const { first, second } = this.#optimizer;
    return {
      weights: store.views(),
      ...(this.#average ? { average: store.views(this.#average, { complete: true }) } : {}),
      first: store.views(first),
      second: store.views(second),
    };
  }

  #fault(count: number, loss: number): SightreadError {
    const bad = [...this.#step.store.views(this.#gradients)].find(([, { data }]) => !allFinite(data as Float32Array));
    const where = bad ? `; the first bad gradient is that of ${bad[0]}` : '';
    return new SightreadError(
      `step ${count}: the loss is ${loss}${where}; weights are as after step ${count - 1}: lower the rate, or look at the batch`,
    );
  }
}

const allFinite = (values: Float32Array) => values.every(Number.isFinite);
