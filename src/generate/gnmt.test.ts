/** Token for token what the original GIT's GeneratorWithBeamSearch writes over the table model of testing.ts. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gnmtSearch } from './gnmt.ts';
import type { SearchOptions } from './options.ts';
import { type Table, TableDecoder } from './testing.ts';
import { Trie } from './trie.ts';

interface Case {
  model: Table;
  prompts: number[][];
  options: SearchOptions;
  tokens: number[][];
  scores: number[];
}

const eos = 2;
const goldens = new URL('../../test/goldens/generate/gnmt.json', import.meta.url);
const cases = JSON.parse(readFileSync(goldens, 'utf8')) as Case[];

describe('as the original', () => {
  test.each(cases.map((golden, number) => ({ number, ...golden })))('case $number: $options', async (golden) => {
    const { model, prompts, options } = golden;
    const result = await gnmtSearch(new TableDecoder(model), { ids: prompts }, { ...options, eos });
    expect(result.tokens).toEqual(golden.tokens);
    result.scores.forEach((score, row) => {
      expect(score).toBeCloseTo(golden.scores[row], 5);
    });
  });
});

test('its defaults are those of the released models: 4 beams, penalty 0.6, 1024 tokens', async () => {
  const search = (options: SearchOptions) =>
    gnmtSearch(new TableDecoder({ seed: 9, ending: 3 }), { ids: [[4]] }, { ...options, eos });
  expect(await search({})).toEqual(await search({ beams: 4, lengthPenalty: 0.6, maxLength: 1024 }));
});

test('a padded batch writes what its prompts write alone', async () => {
  const prompts = [[4, 5, 6, 7], [9], [8, 4]];
  const search = (ids: number[][], maxNewTokens: number) =>
    gnmtSearch(new TableDecoder({ seed: 21, ending: 2 }), { ids }, { eos, maxNewTokens });
  const together = await search(prompts, 12);
  for (const [row, prompt] of prompts.entries()) {
    const alone = await search([prompt], 12);
    expect(together.tokens[row]).toEqual(alone.tokens[0]);
    expect(together.scores[row]).toBe(alone.scores[0]);
  }
  const length = together.sequences[0].length;
  expect(together.sequences.every((ids) => ids.length === length)).toBe(true);
});

test('rows of one prompt stay together and in number, also when another prompt is done', async () => {
  const decoder = new TableDecoder({ seed: 3, ending: 1.5 });
  await gnmtSearch(decoder, { ids: [[4], [9], [5]] }, { eos, beams: 3, maxLength: 20 });
  expect(decoder.calls.length).toBeGreaterThan(2);
  for (const [step, { from }] of decoder.calls.entries()) {
    const perPicture = step === 0 ? 1 : 3;
    expect(from.map((row) => Math.floor(row / perPicture))).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
  }
});

test('stops at the first sentence that ends when told so', async () => {
  const model = { seed: 102, sharpness: 2, ending: 1.5 };
  const decoders = [new TableDecoder(model), new TableDecoder(model)];
  const [soon, best] = await Promise.all(
    decoders.map((decoder, i) =>
      gnmtSearch(decoder, { ids: [[4]] }, { eos, maxLength: 40, lengthPenalty: 2, earlyStopping: i === 0 }),
    ),
  );
  expect(decoders[0].calls.length).toBeLessThan(decoders[1].calls.length);
  expect(soon.scores[0]).toBeLessThanOrEqual(best.scores[0]);
});

describe('constraints', () => {
  const answers = [
    [5, 6, eos],
    [5, eos],
    [9, 8, 7, eos],
  ];

  test('only sentences of a trie, and the search ends when it has run out', async () => {
    const decoder = new TableDecoder({ seed: 4 });
    const trie = new Trie(answers);
    const options = { eos, sequences: 3, maxLength: 200, allowed: trie.allowed };
    const { tokens } = await gnmtSearch(decoder, { ids: [[4]] }, options);
    expect(tokens.map(String).sort()).toEqual(answers.map(String).sort());
    expect(decoder.calls.length).toBeLessThan(8);
  });

  test('refuses when fewer sentences exist than are asked for', async () => {
    const options = { eos, sequences: 2, maxLength: 20, allowed: new Trie([[5, eos]]).allowed };
    await expect(gnmtSearch(new TableDecoder({ seed: 4 }), { ids: [[4]] }, options)).rejects.toThrow(
      /prompt 0: 1 of 2 sentences exist/,
    );
  });
});

test.each<[SearchOptions, RegExp]>([
  [{}, /^eos:/],
  [{ eos, sample: true }, /^sample:/],
  [{ eos, earlyStopping: 'never' }, /^earlyStopping:/],
  [{ eos, beams: 1, onToken: () => {} }, /^onToken:/],
])('refuses %j', async (options, message) => {
  await expect(gnmtSearch(new TableDecoder({ seed: 1 }), { ids: [[4]] }, options)).rejects.toThrow(message);
});

test('a signal ends the search with its reason', async () => {
  const controller = new AbortController();
  class Interrupted extends TableDecoder {
    override async next(tokens: readonly number[], from: readonly number[], signal?: AbortSignal) {
      if (this.calls.length === 2) controller.abort(new Error('enough'));
      return await super.next(tokens, from, signal);
    }
  }
  const decoder = new Interrupted({ seed: 102, sharpness: 2 });
  const running = gnmtSearch(decoder, { ids: [[4]] }, { eos, maxLength: 60, signal: controller.signal });
  await expect(running).rejects.toThrow('enough');
  expect(decoder.calls.length).toBe(2);
});
