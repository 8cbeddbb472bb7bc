/** The runs that weights came from, one after the other. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Stage {
  steps: number;
  batch: number;
  /** Pixels a side. */
  side: number;
  mix: string;
  /** Samples in a hundred that were drawn in another style. */
  styled: number;
  /** Highest learning rate. */
  rate: number;
  /** What differed from the recipe as it is now. */
  note?: string;
}

/** The stages of a run, from its folder. */
export function stagesOf(run: string): Stage[] {
  const file = join(run, 'history.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Stage[]) : [];
}

/** The stages behind a checkpoint's weights; the last may have been left before its end. */
export function stagesBefore(weights: string): Stage[] {
  const folder = dirname(weights);
  const { step } = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as { step: number };
  const stages = stagesOf(dirname(folder));
  return stages.map((stage, i) => (i === stages.length - 1 ? { ...stage, steps: step } : stage));
}
