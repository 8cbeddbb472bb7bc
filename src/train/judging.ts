/** Evaluations of a run: between its steps, or beside them in another thread. */
import { type NDArray, ndarray, reason, UsageError } from '../core/index.ts';
import type { RunState } from './checkpoints.ts';
import type { EvaluationEntry, Sample } from './log.ts';

export interface Evaluation {
  scores: Record<string, number>;
  samples?: Sample[];
}

type Weights = ReadonlyMap<string, NDArray>;

/** Judges weights, which are those after `step`. */
export type Evaluate = (weights: Weights, step: number) => Promise<Evaluation>;

/** Which score says what is best. */
export interface BestRule {
  score: string;
  higher: boolean;
}

export interface JudgingOptions {
  evaluate: Evaluate;
  best?: BestRule;
  signal?: AbortSignal;
  /** Takes down what came out. */
  note: (entry: EvaluationEntry) => void;
}

/**
 * Runs one evaluation at a time. The state says from the start of one to its end which step is not judged yet, so that a run
 * that stops in between, by a signal or a kill, judges it when it goes on. A failed evaluation is noted and costs its scores.
 */
export class Judging {
  readonly #options: JudgingOptions;
  readonly #state: RunState;
  #running: Promise<void> = Promise.resolve();
  #fault: unknown;
  #closed = false;

  constructor(state: RunState, options: JudgingOptions) {
    this.#state = state;
    this.#options = options;
  }

  /** Starts to judge weights, which must stay as they are until it is done. */
  start(weights: Weights | Promise<Weights>, step: number): void {
    this.#state.unjudged = step;
    this.#running = this.#judge(weights, step).catch((error: unknown) => {
      this.#fault = error;
    });
  }

  async #judge(weights: Weights | Promise<Weights>, step: number): Promise<void> {
    const { evaluate, signal } = this.#options;
    let outcome: Evaluation & { fault?: string };
    try {
      outcome = await evaluate(await weights, step);
    } catch (error) {
      if (signal?.aborted) return;
      outcome = { scores: {}, fault: reason(error) };
    }
    this.end({ kind: 'evaluation', step, ...outcome });
  }

  /** Takes in the result of the evaluation that the state waits for. */
  end(entry: EvaluationEntry, { noted = false } = {}): void {
    if (this.#closed) return;
    this.#state.unjudged = undefined;
    if (!noted) this.#options.note(entry);
    if (!entry.fault) this.#compare(entry);
  }

  /** Waits until nothing is being judged. @throws UsageError when the evaluation does not fit the run's settings */
  async settle(): Promise<void> {
    await this.#running;
    if (this.#fault) throw this.#fault;
  }

  /** What is still being judged is left for the next time. */
  close(): void {
    this.#closed = true;
  }

  #compare({ step, scores }: EvaluationEntry): void {
    const { best: rule } = this.#options;
    if (!rule) return;
    const { best } = this.#state;
    const score = scores[rule.score];
    if (score === undefined)
      throw new UsageError(`best: evaluation gives no score '${rule.score}', only ${Object.keys(scores).join(', ')}`);
    if (!best || (rule.higher ? score > best.score : score < best.score)) this.#state.best = { step, score };
  }
}

/** Weights that later steps leave alone. */
export const copied = (weights: Weights): Map<string, NDArray> =>
  new Map([...weights].map(([path, { dtype, shape, data }]) => [path, ndarray(dtype, shape, data.slice())]));
