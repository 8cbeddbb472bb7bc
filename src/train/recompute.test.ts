import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { grad } from '../core/grad.ts';
import { boundary, dim, float32, type Graph, graph, init, input, int64, Key, ParameterList } from '../core/index.ts';
import { nodeOf } from '../core/tensor.ts';
import { largestError, randomArray } from '../core/testing.ts';
import { bertBlocks, preNormBlock } from '../nn/index.ts';
import { compileStep } from './step.ts';

const folder = mkdtempSync(join(tmpdir(), 'sightread-recompute-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sizes = { width: 16, layers: 2, heads: 2, hidden: 32, activation: 'gelu' as const, eps: 1e-5 };

/** Two blocks with the norm first, two with the norm behind and a mask that both read; dropout in all of them. */
function tower() {
  const parameters = new ParameterList();
  const p = parameters.root;
  const x = input('x', [dim('batch'), 5, sizes.width]);
  const shown = input('shown', [5], 'int64');
  const key = input('key', [], 'int64');
  const dropout = { hidden: 0.2, attention: 0, key: new Key(key) };
  let y = x.add(p.get('places', [5, sizes.width], init.normal(0.5)));
  for (const i of [0, 1]) y = preNormBlock(p.at('vision', i), y, { ...sizes, dropout });
  const bias = shown.cast('float32').sub(1).mul(1e4).reshape([1, 1, 1, 5]);
  y = bertBlocks(p.at('text'), y, { ...sizes, vocabulary: 1, positions: 1, types: 0 }, { bias, dropout });
  return { parameters, inputs: { x, shown, key }, loss: y.mul(y).mul(y).mean() };
}

const batch = { x: randomArray([3, 5, 16], 1), shown: int64([5], [1, 1, 0, 1, 1]) };

async function slopes(recompute: boolean, profile?: string) {
  await using step = await compileStep({ ...tower(), recompute, profile });
  step.store.initialise(1);
  const gradients = new Float32Array(step.store.trainableLength);
  const { loss } = await step.run(batch, gradients, 9);
  if (profile) step.program.endProfiling();
  return { loss, gradients };
}

test('gradients are the same when the insides of blocks are computed again, dropout included', async () => {
  const [kept, again] = [await slopes(false), await slopes(true)];
  expect(again.loss).toBeCloseTo(kept.loss, 6);
  expect(Math.hypot(...kept.gradients)).toBeGreaterThan(0.1);
  expect(largestError(again.gradients, kept.gradients)).toBeLessThan(1e-6);
});

test('the engine does compute them again: it merges no copy with what it repeats', async () => {
  const runs = async (recompute: boolean) => {
    const name = `trace-${recompute}`;
    await slopes(recompute, join(folder, name));
    const file = readdirSync(folder).find((entry) => entry.startsWith(name))!;
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      name: string;
      args?: { op_name?: string };
    }[];
    const count = (operator: string) =>
      events.filter(({ name, args }) => name.endsWith('_kernel_time') && args?.op_name === operator).length;
    return {
      erf: count('Erf'),
      gelu: count('Gelu'),
      softmax: count('Softmax'),
      attention: count('MultiHeadAttention'),
    };
  };
  expect(await runs(false)).toEqual({ erf: 4, gelu: 0, softmax: 4, attention: 0 });
  // Going forward, nobody reads the parts that slopes need, so that the fused operators do; then come the copies.
  expect(await runs(true)).toEqual({ erf: 4, gelu: 4, softmax: 4, attention: 4 });
});

test('between the forward and the backward pass only what crosses boundaries is held, and copies wait for the gradient', () => {
  const { parameters, loss } = tower();
  const wrt = [...parameters].map(({ tensor }) => tensor);
  const heldBy = (recompute: boolean) => {
    const forward = new Set(graph({ loss }).nodes);
    const slopes = grad(loss, wrt, { recompute });
    const whole: Graph = graph(Object.fromEntries(slopes.map((slope, i) => [`${i}`, slope])));
    const later = whole.nodes.filter((node) => !forward.has(node));
    const read = new Set(later.flatMap((node) => node.inputs));
    return [...read].flatMap((x) => (forward.has(nodeOf(x)!) ? nodeOf(x)!.primitive.name : [])).sort();
  };
  expect(heldBy(false).length).toBeGreaterThan(60);
  // The loss behind the last boundary, four boundaries, and the mask, which two blocks read.
  expect(heldBy(true)).toEqual(['boundary', 'boundary', 'boundary', 'boundary', 'mul', 'reshape']);
});

test('what a loss reads from the middle of a block is kept', async () => {
  const make = (recompute: boolean) => {
    const parameters = new ParameterList();
    const x = input('x', [4]);
    const w = parameters.root.get('w', [4], init.ones);
    const inner = x.mul(w).exp();
    const loss = boundary(inner.mul(w).tanh()).sum().add(inner.mul(inner).sum());
    return compileStep({ parameters, inputs: { x }, loss, recompute });
  };
  const slope = async (recompute: boolean) => {
    await using step = await make(recompute);
    step.store.initialise(0);
    const gradients = new Float32Array(step.store.trainableLength);
    await step.run({ x: float32([4], [0.1, -0.4, 0.7, 1]) }, gradients);
    return gradients;
  };
  expect(largestError(await slope(true), await slope(false))).toBeLessThan(1e-6);
});
