import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { float32, input, linear, ParameterList } from '../core/index.ts';
import { compile } from '../runtime/index.ts';
import { bindWeights, openCheckpoint, under } from './index.ts';

const fixtures = resolve(import.meta.dirname, '../../test/fixtures/checkpoint');

it.each(['training.pt', 'legacy.bin'])('a program runs on the byte ranges of %s, wherever they lie', async (file) => {
  const list = new ParameterList();
  const p = list.root;
  const x = input('x', [1, 3]);
  const y = linear(x, p.get('linear.weight', [2, 3]), p.get('linear.bias', [2]));
  const one = input('one', [1]);
  const outputs = {
    y,
    half: one.add(p.get('f16', [6])),
    brain: one.add(p.get('bf16', [6])),
    sum: p.get('rows', [2, 6]).sum(),
    column: p.get('turned', [6, 4]).slice(0, 0, 1),
  };
  const checkpoint = under(await openCheckpoint(join(fixtures, file)), 'model');
  const weights = await bindWeights({ wanted: list.shapes(), checkpoint, names: { rules: [], ignore: ['*'] } });
  await using program = await compile(outputs, { weights });
  const result = await program.run({ x: float32([1, 3], [1, 10, 100]), one: float32([1], [1]) });
  expect([...result.y.data]).toEqual([217, 551]);
  expect([...result.half.data]).toEqual([1, 1.25, 1.5, 1.75, 2, 2.25]);
  expect([...result.brain.data]).toEqual([1, 1.25, 1.5, 1.75, 2, 2.25]);
  expect([...result.sum.data]).toEqual([210]);
  expect([...result.column.data]).toEqual([0, 6, 12, 18]);
});
