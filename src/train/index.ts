/** Training: compiled steps, AdamW, schedules, the trainer, checkpoints, logs and reports. */

export { startThread } from '../core/thread.ts';
export type { Batch, BatchSource } from './batches.ts';
export { type Arrays, checkpointFolder, checkpointSteps, newestCheckpoint, type RunState } from './checkpoints.ts';
export { meanOutputs } from './evaluate.ts';
export { batchKey } from './initialise.ts';
export { stopOnInterrupt } from './interrupt.ts';
export type { BestRule, Evaluate, Evaluation } from './judging.ts';
export { Learner, type LearnerOptions, type Lessons, type Update } from './learner.ts';
export { type EvaluationEntry, type LogEntry, readLog, type Sample, type StartEntry, type StepEntry } from './log.ts';
export { AdamW, type AdamWOptions, type Rule } from './optimizer.ts';
export { duration, type Progress, progressLine, terminalProgress } from './progress.ts';
export { reportHtml, writeReport } from './report.ts';
export { rateAt, type Schedule } from './schedule.ts';
export { compileStep, type StepOptions, type StepResult, TrainStep, weightsFor } from './step.ts';
export { initialise, ParameterStore, type Slot } from './store.ts';
export { type TrainOptions, type TrainResult, train } from './trainer.ts';
export { serveBatches, serveEvaluation, workerBatches, workerEvaluation } from './worker.ts';
