import { expect, test } from 'vitest';
import { dim, input, int64 } from '../core/index.ts';
import { randomArray } from '../core/testing.ts';
import { runInParts } from './parts.ts';
import { compile } from './program.ts';

test('parts give what the whole gives, whatever the number of rows', async () => {
  const x = input('x', [dim('rows'), 2, 3]);
  await using program = await compile({ twice: x.mul(2), sum: x.sum(-1), most: x.argmax(-1) });
  const feeds = { x: randomArray([5, 2, 3], 1) };
  const whole = await program.run(feeds);
  for (const rows of [1, 2, 5, 8]) expect(await runInParts(program, feeds, { rows })).toEqual(whole);
});

test('feeds of different numbers of rows are refused', async () => {
  const [a, b] = [input('a', [dim('n')], 'int64'), input('b', [dim('m')], 'int64')];
  await using program = await compile({ more: a.add(1), other: b.add(1) });
  const feeds = { a: int64([4], [1, 2, 3, 4]), b: int64([2], [1, 2]) };
  await expect(runInParts(program, feeds, { rows: 1 })).rejects.toThrow('differ in their number of rows');
});
