import { expect, test } from 'vitest';
import { float32, input, ParameterList, type WeightSource } from '../core/index.ts';
import { randomArray } from '../core/testing.ts';
import type { Engine, OpenOptions } from './engine.ts';
import { nodeEngine } from './node.ts';
import { compile } from './program.ts';

const weight: WeightSource = { kind: 'data', value: randomArray([3, 4], 1) };
const graph = () => ({ y: input('x', [2, 4]).matmul(new ParameterList().root.get('w', [3, 4]), { transposeB: true }) });

/** The engine, with a record of what was opened and released. */
function watched() {
  const opened: boolean[] = [];
  let released = 0;
  const engine: Engine = {
    ...nodeEngine,
    async open(model: Uint8Array, options: OpenOptions) {
      opened.push(options.prepack);
      const session = await nodeEngine.open(model, options);
      const release = async () => {
        released++;
        await session.release();
      };
      return { ...session, release };
    },
  };
  return { engine, opened, released: () => released };
}

test('weights are repacked once, after the rows that were asked for, and the numbers stay', async () => {
  const { engine, opened, released } = watched();
  const prepack = { afterRows: 4, of: 'x' };
  const program = await compile(graph(), { weights: new Map([['w', weight]]), engine, threads: 1, prepack });
  const x = float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
  const { y: first } = await program.run({ x });
  expect(opened).toEqual([false]);
  await program.run({ x });
  // Runs that are asked for while sessions change places wait for the new one.
  const together = await Promise.all([1, 2, 3].map(() => program.run({ x })));
  for (const { y } of together) expect(y).toEqual(first);
  await program.release();
  expect(opened).toEqual([false, true]);
  expect(released()).toBe(2);
});

test('a program that is released early is never repacked', async () => {
  const { engine, opened, released } = watched();
  const prepack = { afterRows: 100, of: 'x' };
  const program = await compile(graph(), { weights: new Map([['w', weight]]), engine, threads: 1, prepack });
  await program.run({ x: randomArray([2, 4], 2) });
  await program.release();
  expect([opened, released()]).toEqual([[false], 1]);
});
