import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bindWeights, openCheckpoint, writeSafetensors } from '../checkpoint/index.ts';
import { input, linear, ParameterList } from '../core/index.ts';
import { randomArray } from '../core/testing.ts';
import type { OpenOptions } from './engine.ts';
import { nodeEngine } from './node.ts';
import { compile } from './program.ts';

test('half-precision weights that would fill the memory are widened run by run, to the same numbers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sightread-half-'));
  const file = join(folder, 'model.safetensors');
  await writeSafetensors(file, [['w', randomArray([3, 4], 1)]], { dtype: 'float16' });
  const list = new ParameterList();
  const graph = { y: linear(input('x', [2, 4]), list.root.get('w', [3, 4])) };
  const weights = await bindWeights({ wanted: list, checkpoint: await openCheckpoint(file), names: { rules: [] } });

  const results = [];
  for (const memory of [1e9, 100]) {
    const each: boolean[] = [];
    const open = (model: Uint8Array, options: OpenOptions) => {
      each.push(Buffer.from(model).includes('Reshape'));
      return nodeEngine.open(model, options);
    };
    await using program = await compile(graph, { weights, engine: { ...nodeEngine, memory, open } });
    results.push((await program.run({ x: randomArray([2, 4], 2) })).y);
    expect(each).toEqual([memory < 1000]);
  }
  expect(results[1]).toEqual(results[0]);
  rmSync(folder, { recursive: true });
});
