/** Token for token what transformers 5.18 writes (test/goldens/generate/make.py). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generate } from './generate.ts';
import type { SearchOptions } from './options.ts';
import { type Table, TableDecoder } from './testing.ts';

interface Case {
  model: Table;
  options: Record<string, unknown>;
  prompts: number[][];
  sequences: number[][];
  scores: number[];
}

const goldens = new URL('../../test/goldens/generate/cases.json', import.meta.url);
const { search } = JSON.parse(readFileSync(goldens, 'utf8')) as { search: Case[] };

/** transformers' names for the options. */
function optionsOf(theirs: Record<string, unknown>): SearchOptions {
  const names: Record<string, keyof SearchOptions> = {
    num_beams: 'beams',
    do_sample: 'sample',
    max_new_tokens: 'maxNewTokens',
    max_length: 'maxLength',
    min_new_tokens: 'minNewTokens',
    min_length: 'minLength',
    num_return_sequences: 'sequences',
    length_penalty: 'lengthPenalty',
    early_stopping: 'earlyStopping',
    repetition_penalty: 'repetitionPenalty',
    no_repeat_ngram_size: 'noRepeatNgram',
    bad_words_ids: 'badWords',
    eos_token_id: 'eos',
    pad_token_id: 'pad',
  };
  const { allowed, ...rest } = theirs as { allowed?: number[][] };
  const options: SearchOptions = Object.fromEntries(Object.entries(rest).map(([name, value]) => [names[name], value]));
  if (allowed) options.allowed = (_row, ids) => allowed[ids.length % allowed.length];
  return options;
}

test.each(search.map((each, number) => ({ number, ...each })))('case $number: $options', async (golden) => {
  const result = await generate(new TableDecoder(golden.model), { ids: golden.prompts }, optionsOf(golden.options));
  expect(result.sequences).toEqual(golden.sequences);
  result.scores.forEach((score, row) => {
    expect(score).toBeCloseTo(golden.scores[row], 5);
  });
});
