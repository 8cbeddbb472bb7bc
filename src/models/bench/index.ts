/** What a model costs on this machine. */
export { type Bench, type BenchOptions, bench } from './bench.ts';
export type { Spread } from './spread.ts';
export type { BenchStage, StageBench } from './stages.ts';
