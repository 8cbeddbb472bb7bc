/** OPT beyond the reference's numbers: prompts of unequal lengths, prefixes, streams, files in shards and in half precision. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bindWeights, openCheckpoint, writeSafetensors } from '../../checkpoint/index.ts';
import { concat, input, int64, type NDArray, ParameterList } from '../../core/index.ts';
import { largestError, randomArray } from '../../core/testing.ts';
import { generate } from '../../generate/index.ts';
import { optDecoder } from '../../nn/index.ts';
import { compile, type Program } from '../../runtime/index.ts';
import { CachedDecoder } from '../cached-decoder.ts';
import { load } from '../load.ts';
import type { WeightMap } from '../running.ts';
import { optConfig } from './config.ts';
import { compileOpt } from './programs.ts';
import { optParameters } from './tasks.ts';
import { optNames } from './weights.ts';

const goldens = join(import.meta.dirname, '../../../test/goldens');
const stored = join(goldens, 'models/opt-pre');
const { default: json } = await import('../../../test/goldens/models/opt-pre/config.json', { with: { type: 'json' } });
const { text, eos, pad } = optConfig(json);
/** The noise of float32 sums in another order; logits are a few units large. */
const close = 5e-6;

let weights: WeightMap;
let program: Program;
beforeAll(async () => {
  const checkpoint = await openCheckpoint(stored);
  weights = await bindWeights({ wanted: optParameters(text).shapes(), checkpoint, names: optNames(text) });
  program = await compileOpt(text, weights);
});
afterAll(() => program.release());

const write = (ids: number[][], options = {}) =>
  generate(new CachedDecoder({ program, text }), { ids }, { eos, pad, maxNewTokens: 8, ...options });

describe('prompts of unequal lengths', () => {
  const prompts = [
    [2, 54, 56, 88, 80, 58, 20],
    [2, 99],
    [2, 13, 60, 21, 95],
  ];

  test.each([
    ['the best token', {}],
    ['beams', { beams: 3 }],
    ['drawn tokens', { sample: true, seed: 3 }],
  ])('%s: rows of a batch write what they write alone', async (_, options) => {
    const together = await write(prompts, options);
    for (const [i, prompt] of prompts.entries()) {
      if ('sample' in options && i > 0) continue; // each row draws numbers of its own
      const alone = await write([prompt], options);
      expect(together.tokens[i]).toEqual(alone.tokens[0]);
      expect(together.scores[i]).toBeCloseTo(alone.scores[0], 5);
    }
  });

  test('logits do not depend on the padding beside them', async () => {
    const decoder = new CachedDecoder({ program, text });
    const alone = await decoder.begin(int64([1, 2], [2, 99]), int64([1, 2], [1, 1]));
    const padded = int64([2, 5], [1, 1, 1, 2, 99, 2, 13, 60, 21, 95]);
    const both = await decoder.begin(padded, int64([2, 5], [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]));
    expect(largestError(both.data.slice(0, text.vocabulary) as Float32Array, alone.data as Float32Array)).toBeLessThan(
      close,
    );
  });
});

test('a step sees what a whole pass over the text sees, whichever row it continues', async () => {
  const decoder = new CachedDecoder({ program, text });
  await decoder.begin(int64([1, 3], [2, 54, 56]), int64([1, 3], [1, 1, 1]));
  await decoder.next([10, 11, 12], [0, 0, 0]);
  const logits = await decoder.next([20, 21, 22], [2, 2, 0]);
  for (const [row, words] of [
    [12, 20],
    [12, 21],
    [10, 22],
  ].entries()) {
    const whole = await decoder.begin(int64([1, 5], [2, 54, 56, ...words]), int64([1, 5], [1, 1, 1, 1, 1]));
    const own = logits.data.slice(row * text.vocabulary, (row + 1) * text.vocabulary);
    expect(largestError(own as Float32Array, whole.data as Float32Array)).toBeLessThan(close);
  }
});

test('embedded tokens stand before the words, as in one pass over both', async () => {
  const prefix = randomArray([2, 3, text.wordWidth], 5);
  const ids = int64([2, 2], [2, 54, 2, 99]);
  const ones = int64([2, 2], [1, 1, 1, 1]);
  const decoder = new CachedDecoder({ program, text, prefix });
  const first = await decoder.begin(ids, ones);
  const next = await decoder.next([7, 8], [0, 1]);

  const list = new ParameterList();
  const model = optDecoder(list.root.at('text'), text);
  const embedded = concat([input('prefix', prefix.shape), model.embed(input('ids', [2, 3], 'int64'))], 1);
  await using whole = await compile({ logits: model.head(model.read(embedded)) }, { weights });
  const { logits } = await whole.run({ prefix, ids: int64([2, 3], [2, 54, 7, 2, 99, 8]) });
  const at = (place: number) => (i: number) => rowOf(logits, i * 6 + place);
  for (const [result, expected] of [
    [first, at(4)],
    [next, at(5)],
  ] as const)
    for (const i of [0, 1]) expect(largestError(rowOf(result, i), expected(i))).toBeLessThan(close);
});

const rowOf = ({ data }: NDArray, row: number) =>
  data.slice(row * text.vocabulary, (row + 1) * text.vocabulary) as Float32Array;

test('a prompt longer than a piece is read in pieces', async () => {
  const long = { ...text, positions: 600 };
  const drawn = new Map(weights).set('text.positions.weight', {
    kind: 'data',
    value: randomArray([602, text.width], 9),
  });
  await using reader = await compileOpt(long, drawn);
  const ids = Array.from({ length: 580 }, (_, i) => 4 + ((i * 37) % 110));
  const decoder = new CachedDecoder({ program: reader, text: long });
  const ones = int64([1, 580], Array(580).fill(1));
  const logits = await decoder.begin(int64([1, 580], ids), ones);

  const model = optDecoder(new ParameterList().root.at('text'), long);
  const hidden = model.read(model.embed(input('ids', [1, 580], 'int64')));
  await using whole = await compile({ logits: model.head(hidden.slice(1, -1)) }, { weights: drawn });
  const expected = await whole.run({ ids: int64([1, 580], ids) });
  expect(largestError(logits.data as Float32Array, expected.logits.data as Float32Array)).toBeLessThan(close);
});

describe('a loaded model', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sightread-opt-'));
    const checkpoint = await openCheckpoint(stored);
    const names = [...checkpoint.entries.keys()];
    const shard = async (file: string, part: string[]) => {
      const tensors = await Promise.all(part.map(async (name) => [name, await checkpoint.read(name)] as const));
      await writeSafetensors(join(folder, file), tensors, { dtype: 'float16' });
      return Object.fromEntries(part.map((name) => [name, file]));
    };
    const map = {
      ...(await shard('model-1.safetensors', names.slice(0, 12))),
      ...(await shard('model-2.safetensors', names.slice(12))),
    };
    const put = (name: string, value: object) => writeFileSync(join(folder, name), JSON.stringify(value));
    put('model.safetensors.index.json', { weight_map: map });
    put('config.json', json);
    cpSync(join(goldens, 'tokenizers/wordpiece/tokenizer.json'), join(folder, 'tokenizer.json'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('in half-precision shards goes on with texts, and streams them whole', async () => {
    await using model = await load(folder);
    expect(model.tasks).toEqual(['complete']);
    const pieces: string[] = [];
    const options = {
      maxNewTokens: 5,
      onText: (piece: string) => pieces.push(piece),
      onWritten: (w: object) => times.push(w),
    };
    const times: object[] = [];
    const [one] = await model.complete!(['the'], options);
    expect(one.text).toMatch(/^the/);
    expect(pieces.join('')).toBe(one.text);
    expect(times).toEqual([{ tokens: one.tokens, seconds: expect.any(Number) }]);
    const two = await model.complete!(['the', 'the the the'], { maxNewTokens: 5 });
    expect(two[0]).toEqual({ ...one, score: expect.closeTo(one.score, 5) });
  });

  test('what it cannot do is refused before it opens', async () => {
    await using model = await load(folder);
    await expect(model.complete!([])).rejects.toThrow('at least one text');
    await expect(model.complete!(['a', 'b'], { onText: () => {} })).rejects.toThrow('streams one text');
    await expect(model.complete!(['the'], { maxNewTokens: 60 })).rejects.toThrow('has 48 positions');
    expect(() => optConfig({ ...json, enable_bias: false })).toThrow('enable_bias');
  });
});
