/** Options that several commands share, and how their values are read. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CaptionOptions } from '../models/model.ts';
import type { PrecisionChoice } from '../precision/index.ts';

/** Which model, and how it runs. */
export interface ModelFlags {
  model?: string;
  revision?: string;
  offline?: boolean;
  threads?: number;
  dtype?: PrecisionChoice;
}

/** Written out, because a command line that runs no model loads no room but this one. */
const dtypes = ['fp32', 'fp16', 'q8', 'q4', 'auto'] as const satisfies readonly PrecisionChoice[];

export const withModel = (command: Command): Command =>
  command
    .option('-m, --model <model>', 'a folder, a weight file, or an id of the hub (default: the captioner inside)')
    .option('--revision <name>', 'branch, tag or commit of a model of the hub')
    .option('--offline', 'use what is on this machine; no network')
    .option('--threads <n>', 'processor threads (default: one a core)', whole(1))
    .addOption(dtypeOption());

export const dtypeOption = (): Option =>
  new Option(
    '--dtype <dtype>',
    'precision of the weights: smaller is faster, and rougher (default: as the file is)',
  ).choices(dtypes);

/** How text is written. */
export interface WritingFlags {
  beams?: number;
  maxTokens?: number;
  minTokens?: number;
  lengthPenalty?: number;
  repetitionPenalty?: number;
  sample?: boolean;
  temperature?: number;
  topK?: number;
  topP?: number;
  seed?: number;
}

export const withWriting = (command: Command): Command =>
  command
    .option('-b, --beams <n>', 'sentences followed side by side; 1 takes the best token each time', whole(1))
    .option('--max-tokens <n>', 'most tokens to write', whole(1))
    .option('--min-tokens <n>', 'fewest tokens to write', whole(0))
    .option('--length-penalty <x>', 'with beams: above 1 favours long sentences, below 1 short ones', number())
    .option('--repetition-penalty <x>', 'above 1 makes a token less likely once it is written', number(0))
    .option('--sample', 'draw tokens by their probability instead of taking the best')
    .option('--temperature <x>', 'with --sample: below 1 surer, above 1 more varied', number(0))
    .option('--top-k <n>', 'with --sample: draw among the best n tokens; 0 for all', whole(0))
    .option('--top-p <x>', 'with --sample: draw among the best tokens that reach this probability', number(0, 1))
    .option('--seed <n>', 'with --sample: the same seed draws the same words', whole(0));

export function writingOptions(flags: WritingFlags): CaptionOptions {
  const { beams, lengthPenalty, repetitionPenalty, sample, temperature, topK, topP, seed } = flags;
  const given = { beams, lengthPenalty, repetitionPenalty, sample, temperature, topK, topP, seed };
  return { ...given, maxNewTokens: flags.maxTokens, minNewTokens: flags.minTokens };
}

/** Collects an option that may be given more than once. */
export const several = (text: string, before: string[] = []): string[] => [...before, text];

/** Reads a whole number of at least `least`. */
export const whole = (least: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() && Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`Give a whole number from ${least} on.`);
};

/** Reads a number above `low` and at most `high`. */
export const number =
  (low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY) =>
  (text: string) => {
    const value = Number(text);
    if (text.trim() && Number.isFinite(value) && value > low && value <= high) return value;
    const bounds = [Number.isFinite(low) ? ` above ${low}` : '', Number.isFinite(high) ? ` and at most ${high}` : ''];
    throw new InvalidArgumentError(`Give a number${bounds.join('')}.`);
  };
