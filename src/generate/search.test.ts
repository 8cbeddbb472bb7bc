/** What generated ids do not show: how the decoder is driven, streaming, stopping, constraints and refusals. */
import { expect, test } from 'vitest';
import { int64 } from '../core/index.ts';
import { generate } from './generate.ts';
import type { SearchOptions } from './options.ts';
import { TableDecoder } from './testing.ts';
import { Trie } from './trie.ts';

const prompts = { ids: [[9], [4, 5, 6], [8, 7]] };
const common = { eos: 2, pad: 0, maxNewTokens: 12 };
const run = (options: SearchOptions, decoder = new TableDecoder({ seed: 4, ending: 1.5 })) =>
  generate(decoder, prompts, { ...common, ...options });

test('prompts are read once; the first step spreads their rows, and every step keeps them grouped', async () => {
  const decoder = new TableDecoder({ seed: 4, ending: 1.5 });
  await run({ beams: 4, sequences: 2 }, decoder);
  expect(decoder.calls[0].from).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
  expect(decoder.calls.length).toBeGreaterThan(2);
  for (const { tokens, from } of decoder.calls.slice(1)) {
    expect(tokens.length).toBe(12);
    expect(from.map((row) => Math.floor(row / 4))).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
  }
  expect(decoder.calls.length).toBeLessThan(common.maxNewTokens);
});

test('unequal lists and the same prompts padded by hand give the same', async () => {
  const ids = int64([3, 3], [0, 0, 9, 4, 5, 6, 0, 8, 7]);
  const mask = int64([3, 3], [0, 0, 1, 1, 1, 1, 0, 1, 1]);
  const padded = await generate(new TableDecoder({ seed: 4, ending: 1.5 }), { ids, mask }, { ...common, beams: 3 });
  expect(padded).toEqual(await run({ beams: 3 }));
});

test('a batch writes what its prompts write alone', async () => {
  for (const beams of [1, 3]) {
    const together = await run({ beams });
    for (const [row, ids] of prompts.ids.entries()) {
      const alone = await generate(new TableDecoder({ seed: 4, ending: 1.5 }), { ids: [ids] }, { ...common, beams });
      expect(alone.tokens[0]).toEqual(together.tokens[row]);
      expect(alone.scores[0]).toBe(together.scores[row]);
    }
  }
});

test('tokens stream as they are written: row by row, none after the end token', async () => {
  const seen: [number, number][] = [];
  const { tokens, sums, scores } = await run({ onToken: (row, token) => seen.push([row, token]) });
  const steps = Math.max(...tokens.map(({ length }) => length));
  const wanted = Array.from({ length: steps }, (_, step) =>
    tokens.flatMap((written, row) => (step < written.length ? [[row, written[step]]] : [])),
  );
  expect(seen).toEqual(wanted.flat());
  expect(new Set(tokens.map(({ length }) => length)).size).toBeGreaterThan(1);
  sums.forEach((sum, row) => {
    expect(scores[row]).toBeCloseTo(sum / tokens[row].length, 10);
  });
});

test.each([1, 3])('a signal stops the search between steps (%i beams)', async (beams) => {
  const decoder = new TableDecoder({ seed: 4 });
  const controller = new AbortController();
  const next = decoder.next.bind(decoder);
  decoder.next = async (tokens, from) => {
    const logits = await next(tokens, from);
    if (decoder.calls.length === 2) controller.abort(new Error('enough'));
    return logits;
  };
  await expect(run({ beams, signal: controller.signal }, decoder)).rejects.toThrow('enough');
  expect(decoder.calls.length).toBe(2);
  await expect(run({ beams, signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow('early');
});

const names = [
  [5, 6, 2],
  [5, 6, 7, 2],
  [9, 9, 2],
  [20, 11, 2],
];

test('a trie keeps every search to its sequences', async () => {
  const trie = new Trie(names);
  expect(trie.next([5, 6])).toEqual([2, 7]);
  expect(trie.next([5, 6, 2])).toEqual([]);
  expect(trie.next([6])).toEqual([]);
  const searches: SearchOptions[] = [
    { allowed: trie.allowed },
    { allowed: trie.allowed, beams: 3, sequences: 3 },
    { allowed: trie.allowed, sample: true, sequences: 5 },
    { processors: [trie.lift] },
  ];
  for (const search of searches) {
    const { tokens } = await run(search);
    for (const written of tokens) expect(names).toContainEqual(written);
  }
});

test("GIT's rule repeats a token only where nothing else is valid", () => {
  const trie = new Trie([
    [9, 9, 2],
    [9, 4, 2],
    [7, 7, 2],
  ]);
  const best = (written: number[]) => {
    const scores = Float32Array.from({ length: 12 }, (_, token) => token);
    trie.lift([{ ids: written, written, scores }], 0);
    return scores.indexOf(Math.max(...scores));
  };
  expect(best([])).toBe(9);
  expect(best([9])).toBe(4);
  expect(best([7])).toBe(7);
});

test('a prompt that nothing may follow is named', async () => {
  await expect(run({ allowed: (row) => (row === 1 ? [] : undefined) })).rejects.toThrow(
    /prompt 1: no token may follow/,
  );
});

test.each<[SearchOptions, RegExp]>([
  [{ beams: 0 }, /beams: 0/],
  [{ beams: 1.5 }, /beams: 1.5/],
  [{ maxNewTokens: 0 }, /maxNewTokens: 0/],
  [{ maxNewTokens: undefined, maxLength: 3 }, /maxLength: 3/],
  [{ beams: 2, sequences: 3 }, /sequences: 2 beams/],
  [{ sequences: 2 }, /sequences: .* set sample/],
  [{ temperature: 0 }, /temperature: 0/],
  [{ topP: 0 }, /topP: 0/],
  [{ topK: -1 }, /topK: -1/],
  [{ repetitionPenalty: -1 }, /repetitionPenalty: -1/],
  [{ lengthPenalty: Number.NaN }, /lengthPenalty: NaN/],
  [{ earlyStopping: 'always' as 'never' }, /earlyStopping: always/],
  [{ beams: 2, onToken: () => {} }, /onToken/],
  [{ badWords: [[40]] }, /badWords: \[40\]/],
])('%o is refused', async (options, message) => {
  await expect(run(options)).rejects.toThrow(message);
});

test('prompts without rows or tokens and scores that are no numbers are refused', async () => {
  const decoder = new TableDecoder({ seed: 1 });
  await expect(generate(decoder, { ids: [] })).rejects.toThrow('no prompt');
  await expect(generate(decoder, { ids: [[]] })).rejects.toThrow('prompt 0 is empty');
  expect((await generate(decoder, { ids: [[]] }, { bos: 5, maxNewTokens: 1 })).sequences[0][0]).toBe(5);
  await expect(generate(new TableDecoder({ seed: 1, sharpness: Number.NaN }), { ids: [[4]] })).rejects.toThrow(
    'not numbers',
  );
});
