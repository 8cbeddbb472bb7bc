import { beamSearch } from './beam.ts';
import type { TextDecoder } from './decoder.ts';
import { type SearchOptions, settingsOf } from './options.ts';
import { type Prompts, promptRows } from './prompts.ts';
import { sampleSearch } from './sample.ts';

/** `sequences` rows for each prompt, those of one prompt together, with beams the best first. */
export interface Generated {
  /** Whole rows, prompt included, filled to equal length as transformers' `generate` returns them. */
  sequences: number[][];
  /** What was written after the prompt: the end token included, no filling. */
  tokens: number[][];
  /**
   * With beams, what sentences are ranked by: `sums` over the length to the power of `lengthPenalty` (−1e9 or less where
   * a prompt ended with fewer sentences than asked for). Otherwise the mean log-probability of the tokens.
   */
  scores: number[];
  /** Sum of the log-probabilities of the tokens: without beams as the model gives them, with beams after all rules. */
  sums: number[];
}

/**
 * Writes on from each prompt until an end token or the greatest length: the best token at each step, drawn tokens
 * (`sample`), or beam search (`beams`). Gives the tokens that transformers 5 gives for the same scores; draws have the
 * same distribution.
 *
 * Throws UsageError for options that mean nothing, InputError for a prompt that nothing may follow, and the reason of
 * `signal` when it fires.
 */
export async function generate(
  decoder: TextDecoder,
  prompts: Prompts,
  options: SearchOptions = {},
): Promise<Generated> {
  const rows = promptRows(prompts, options);
  const settings = settingsOf(options, rows.rows[0].length);
  settings.signal?.throwIfAborted();
  return await (settings.beams > 1 ? beamSearch : sampleSearch)(decoder, rows, settings);
}
