/** The training loop: data, updates, log, evaluation, checkpoints; killed at any moment, it goes on to the same numbers. */

import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type NDArray, UsageError } from '../core/index.ts';
import { Batches, type BatchSource } from './batches.ts';
import {
  checkpointFolder,
  newestCheckpoint,
  pruneCheckpoints,
  type RunState,
  restoreArrays,
  saveCheckpoint,
  savedArrays,
} from './checkpoints.ts';
import { batchKey } from './initialise.ts';
import { type BestRule, copied, type Evaluate, Judging } from './judging.ts';
import { Learner, type LearnerOptions } from './learner.ts';
import { type EvaluationEntry, type LogEntry, RunLog } from './log.ts';
import { type Progress, Speed } from './progress.ts';
import { writeReport } from './report.ts';
import { rateAt, type Schedule } from './schedule.ts';
import type { TrainStep } from './step.ts';

export interface TrainOptions extends LearnerOptions {
  step: TrainStep;
  data: BatchSource;
  /** Updates in all. */
  steps: number;
  schedule: Schedule;
  /** Folder of the run: checkpoints, `log.jsonl`, `report.html`. A run found there goes on. */
  folder: string;
  /** Heading of the report. */
  title?: string;
  seed?: number;
  /** Steps between checkpoints, and how many to keep beside the best one. */
  saveEvery?: number;
  keep?: number;
  /** Called every `evaluateEvery` steps and after the last with the weights to judge (the average where there is one). */
  evaluate?: Evaluate;
  evaluateEvery?: number;
  /** Go on while `evaluate`, which then has to work in another thread (`workerEvaluation`), judges a copy of the weights. */
  beside?: boolean;
  /** Told of every evaluation that ended, failed ones included, which do not stop the training. */
  onEvaluation?: (entry: EvaluationEntry) => void;
  /** The score that says which checkpoint is best. */
  best?: BestRule;
  /** Further settings of the recipe: reported, and required to be the same when the run goes on. Plain JSON. */
  settings?: Record<string, unknown>;
  /** Stops after the step in progress, and saves. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export interface TrainResult {
  /** Steps done. */
  step: number;
  /** False when the signal stopped the run. */
  finished: boolean;
  best?: { step: number; score: number };
  /** The weights to use: the average where there is one. */
  weights: Map<string, NDArray>;
  /** Folder of the newest checkpoint. */
  checkpoint: string;
}

/** Trains until `steps` updates are done or the signal stops it; a checkpoint is there in both cases. */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { step, data, steps, schedule, folder, accumulate = 1, seed = 0, saveEvery = 1000, keep = 2 } = options;
  const { evaluateEvery = saveEvery, beside = false, title, signal, onProgress } = options;
  const learner = new Learner(step, options);
  const settings = settingsOf(options);
  const state: RunState = { step: 0, seconds: 0, settings };
  const found = await newestCheckpoint(folder);
  if (found) {
    refuseOtherSettings(folder, found.state.settings, settings);
    await restoreArrays(found.place, learner.arrays());
    Object.assign(state, found.state);
  }
  const log = new RunLog(join(folder, 'log.jsonl'), state.step);
  if (!found) log.write({ kind: 'start', step: 0, time: new Date().toISOString(), settings });

  const batches = new Batches(data, state.step * accumulate, steps * accumulate);
  const speed = new Speed();
  let saved = state.step;
  const save = async () => {
    await saveCheckpoint(folder, state, learner.arrays());
    await pruneCheckpoints(folder, keep, [state.best?.step, state.unjudged]);
    saved = state.step;
  };
  const judging = judgingOf(options, state, log);
  try {
    if (judging && state.unjudged !== undefined) judgeAgain(judging, state.unjudged, log, options);
    if (!beside) await judging?.settle();
    while (state.step < steps && !signal?.aborted) {
      const count = state.step + 1;
      const rate = rateAt(schedule, state.step);
      const started = performance.now();
      const next = async () => {
        const { index, batch } = await batches.next();
        return { batch, key: batchKey(seed, index) };
      };
      const { loss, metrics, norm } = await learner.update(next, { rate, count });
      const ms = performance.now() - started;
      const { waited, examples } = batches.account();
      state.step = count;
      state.seconds += ms / 1000;
      const numbers = { loss, rate, norm, ms: round(ms), waited: round(waited), examples };
      log.write({ kind: 'step', step: count, ...numbers, ...(step.metrics.length ? { metrics } : {}) });
      onProgress?.({ step: count, steps, loss, rate, norm, ...speed.after(ms, waited, examples, steps - count) });

      const before = state.best?.step;
      if (judging && (count % evaluateEvery === 0 || count === steps)) {
        // One at a time: the next waits for the one before.
        await judging.settle();
        judging.start(beside ? copied(learner.weights) : learner.weights, count);
        // Whoever goes on after a kill in the meantime needs these weights again.
        if (beside && count < steps) await save();
        else await judging.settle();
      }
      const improved = !beside && state.best?.step !== before;
      if (saved !== count && (improved || count % saveEvery === 0)) await save();
    }
    if (!signal?.aborted) await judging?.settle();
    if (saved !== state.step || !found) await save();
  } finally {
    judging?.close();
    writeReport(folder, title);
  }
  return {
    step: state.step,
    finished: state.step === steps,
    best: state.best,
    weights: learner.weights,
    checkpoint: checkpointFolder(folder, state.step),
  };
}

function judgingOf(options: TrainOptions, state: RunState, log: RunLog): Judging | undefined {
  const { evaluate, best, signal, folder, title, onEvaluation } = options;
  if (!evaluate) return undefined;
  const note = (entry: EvaluationEntry) => {
    log.write(entry);
    writeReport(folder, title);
    onEvaluation?.(entry);
  };
  return new Judging(state, { evaluate, best, signal, note });
}

/** An evaluation that the process before began: its result may be in the log, else its weights are in their checkpoint. */
function judgeAgain(judging: Judging, step: number, log: RunLog, { folder, average }: TrainOptions): void {
  const isResult = (entry: LogEntry): entry is EvaluationEntry =>
    entry.kind === 'evaluation' && entry.step === step && !entry.fault;
  const ended = log.found.find(isResult);
  if (ended) judging.end(ended, { noted: true });
  else judging.start(savedArrays(folder, step, average === undefined ? 'weights' : 'average'), step);
}

/** What must not change between the processes of one run. */
function settingsOf(options: TrainOptions): Record<string, unknown> {
  const { step, steps, schedule, optimizer = {}, accumulate = 1, clip = 1, average, seed = 0, settings = {} } = options;
  const rules = optimizer.rules?.map(({ match, ...rule }) => ({ match: String(match), ...rule }));
  const own = {
    steps,
    schedule,
    optimizer: { ...optimizer, rules },
    accumulate,
    clip,
    average,
    seed,
    parameters: step.store.slots.length,
    numbers: step.store.slots.reduce((sum, { start, end }) => sum + end - start, 0),
    trained: step.store.trainable.length,
  };
  return JSON.parse(JSON.stringify({ ...own, ...settings })) as Record<string, unknown>;
}

function refuseOtherSettings(folder: string, before: Record<string, unknown>, now: Record<string, unknown>): void {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changed = names.filter((name) => !isDeepStrictEqual(before[name], now[name]));
  if (changed.length === 0) return;
  const list = changed.map((name) => `${name} was ${JSON.stringify(before[name])}, is ${JSON.stringify(now[name])}`);
  throw new UsageError(`${folder}: the run there has other settings (${list.join('; ')}); choose another folder`);
}

const round = (ms: number) => Math.round(ms * 100) / 100;
