/** What can be asked of a search, with the defaults and the meaning of transformers' `GenerationConfig`. */
import { UsageError } from '../core/index.ts';
import type { Processor } from './processors.ts';

/** What a user sets. Lengths are counted in tokens. */
export interface GenerateOptions {
  /** Most tokens to write, the end token included. Default 20, unless `maxLength` is given; overrules `maxLength`. */
  maxNewTokens?: number;
  /** Longest row, prompt and its padding included. */
  maxLength?: number;
  /** No end token before this many tokens are written. Overrules `minLength`. */
  minNewTokens?: number;
  /** No end token in rows shorter than this, prompt and its padding included. */
  minLength?: number;
  /** Sentences held side by side; 1 (default) follows the best token alone. */
  beams?: number;
  /** Sentences returned for each prompt (default 1): with beams at most their number, without beams only when sampling. */
  sequences?: number;
  /** Draw tokens by their probability instead of taking the best. */
  sample?: boolean;
  /** Sampling: logits are divided by it; under 1 surer, over 1 more varied. Default 1. */
  temperature?: number;
  /** Sampling: only the best `topK` tokens are drawn; 0 for all. Default 50. */
  topK?: number;
  /** Sampling: only the fewest tokens whose probabilities reach `topP` together are drawn. Default 1, all. */
  topP?: number;
  /** Sampling: equal seeds draw equal tokens. Default 0. */
  seed?: number;
  /** Beams: a sentence's score is its log-probability over its length to this power; larger favours long. Default 1. */
  lengthPenalty?: number;
  /**
   * Beams: when a prompt is done. `true`: as soon as `beams` sentences ended; `false` (default): when the best open
   * sentence, at its present length, would not enter them; `'never'`: when it could not at any length.
   */
  earlyStopping?: boolean | 'never';
  /** Scores of tokens that the row holds already (prompt included) are lowered by this factor. Default 1, not. */
  repetitionPenalty?: number;
  /** No run of this many tokens occurs twice in a row, prompt included. Default 0, allowed. */
  noRepeatNgram?: number;
  /** Runs of tokens that are never written. */
  badWords?: readonly (readonly number[])[];
  /**
   * The tokens that may come next for prompt `row`, whose row holds `ids` so far, `written` of them after the prompt;
   * undefined: any.
   */
  allowed?: (row: number, ids: readonly number[], written: readonly number[]) => Iterable<number> | undefined;
  /** Called with every token as it is written, rows in order; `row` counts returned sentences. Not with beams. */
  onToken?: (row: number, token: number) => void;
  /** Stops the search, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What the user sets, and what the model gives. */
export interface SearchOptions extends GenerateOptions {
  /** Tokens that end a sentence; none: rows run to their greatest length. */
  eos?: number | readonly number[];
  /** Fills rows that ended. Default: the first end token. */
  pad?: number;
  /** Stands for an empty prompt. */
  bos?: number;
  /** Further changes to the scores, after all of the above and before temperature, topK and topP. */
  processors?: readonly Processor[];
}

/** Options with every default filled in, for prompts of a known length. */
export interface Settings extends Required<Omit<SearchOptions, Optional | Replaced>>, Pick<SearchOptions, Optional> {
  promptLength: number;
  maxLength: number;
  minLength: number;
  eos: readonly number[];
  pad: number;
}
type Optional = 'allowed' | 'onToken' | 'signal';
type Replaced = 'maxNewTokens' | 'maxLength' | 'minNewTokens' | 'minLength' | 'eos' | 'pad' | 'bos';

/** Fills in the defaults for prompts of `promptLength` tokens; refuses values that mean nothing. */
export function settingsOf(options: SearchOptions, promptLength: number): Settings {
  const { maxNewTokens, maxLength, minNewTokens, minLength = 0 } = options;
  const { beams = 1, sequences = 1, sample = false, temperature = 1, topK = 50, topP = 1, seed = 0 } = options;
  const { lengthPenalty = 1, earlyStopping = false, repetitionPenalty = 1, noRepeatNgram = 0 } = options;
  const { badWords = [], processors = [], allowed, onToken, signal } = options;
  const eos = options.eos === undefined ? [] : [options.eos].flat();
  const settings: Settings = {
    promptLength,
    maxLength: maxNewTokens === undefined ? (maxLength ?? promptLength + 20) : promptLength + maxNewTokens,
    minLength: minNewTokens === undefined ? minLength : promptLength + minNewTokens,
    ...{ beams, sequences, sample, temperature, topK, topP, seed },
    ...{ lengthPenalty, earlyStopping, repetitionPenalty, noRepeatNgram },
    ...{ badWords, processors, allowed, onToken, signal },
    eos,
    pad: options.pad ?? eos[0] ?? 0,
  };

  const whole = { maxNewTokens, maxLength, minNewTokens, minLength, beams, sequences, topK, seed, noRepeatNgram };
  for (const [name, value] of Object.entries(whole)) {
    const least = name === 'beams' || name === 'sequences' ? 1 : 0;
    if (value !== undefined && !(Number.isInteger(value) && (value >= least || name === 'seed')))
      throw new UsageError(`${name}: ${value} is not a whole number from ${least} on`);
  }
  for (const [name, value] of Object.entries({ temperature, repetitionPenalty }))
    if (!(value > 0)) throw new UsageError(`${name}: ${value} is not above 0`);
  if (!(topP > 0 && topP <= 1)) throw new UsageError(`topP: ${topP} is not above 0 and at most 1`);
  if (!Number.isFinite(lengthPenalty)) throw new UsageError(`lengthPenalty: ${lengthPenalty} is not a finite number`);
  if (![true, false, 'never'].includes(earlyStopping))
    throw new UsageError(`earlyStopping: ${earlyStopping} is not one of true, false and 'never'`);

  if (settings.maxLength <= promptLength)
    throw new UsageError(
      maxNewTokens === undefined
        ? `maxLength: ${maxLength} leaves no room after a prompt of ${promptLength} tokens; raise it or set maxNewTokens`
        : `maxNewTokens: ${maxNewTokens} leaves nothing to write; give 1 or more`,
    );
  if (beams > 1 && sequences > beams)
    throw new UsageError(`sequences: ${beams} beams cannot give ${sequences} sentences; raise beams`);
  if (beams === 1 && sequences > 1 && !sample)
    throw new UsageError(
      `sequences: the best token alone gives one sentence; raise beams to ${sequences} or set sample`,
    );
  if (beams > 1 && onToken)
    throw new UsageError('onToken: beams change their minds, so no token is final; set beams to 1');
  return settings;
}
