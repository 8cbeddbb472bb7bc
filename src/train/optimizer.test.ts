import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { float32, ParameterList } from '../core/index.ts';
import { largestError } from '../core/testing.ts';
import { norm } from './flat.ts';
import { AdamW } from './optimizer.ts';
import { ParameterStore } from './store.ts';

type Values = Record<string, number[]>;
interface Golden {
  shapes: Record<string, number[]>;
  start: Values;
  rates: number[];
  gradients: Values[];
  norms: number[];
  values: Values[];
}
const golden = JSON.parse(
  readFileSync(new URL('../../test/goldens/train/adamw.json', import.meta.url), 'utf8'),
) as Golden;

test('twenty clipped updates equal torch.optim.AdamW with two rates and three decays', () => {
  const parameters = new ParameterList();
  for (const [path, shape] of Object.entries(golden.shapes)) parameters.root.get(path, shape);
  const store = new ParameterStore(parameters);
  store.load(new Map(Object.entries(golden.start).map(([path, data]) => [path, float32(golden.shapes[path], data)])));
  const optimizer = new AdamW(store, {
    beta2: 0.98,
    epsilon: 1e-6,
    decay: 0.05,
    rules: [{ match: /^vision\./, rate: 0.2, decay: 0.1 }],
  });
  const gradients = new Float32Array(store.trainableLength);
  for (const [i, rate] of golden.rates.entries()) {
    for (const [path, view] of store.views(gradients)) (view.data as Float32Array).set(golden.gradients[i][path]);
    const size = norm(gradients);
    expect(Math.abs(size - golden.norms[i])).toBeLessThan(1e-5);
    optimizer.update(gradients, { rate, count: i + 1, scale: Math.min(1, 1 / size) });
    for (const [path, view] of store.views())
      expect(largestError(view.data as Float32Array, golden.values[i][path])).toBeLessThan(1e-6);
  }
});

test('biases, norms and positions do not decay unless a rule says so', () => {
  const parameters = new ParameterList();
  for (const path of ['weight', 'position.table', 'special']) parameters.root.get(path, [2, 2]);
  parameters.root.get('bias', [2]);
  const store = new ParameterStore(parameters);
  store.values.fill(1);
  const optimizer = new AdamW(store, { decay: 0.5, rules: [{ match: /special/, decay: 0 }] });
  optimizer.update(new Float32Array(store.trainableLength), { rate: 0.1, count: 1 });
  const first = (path: string) => store.views().get(path)!.data[0];
  expect(first('weight')).toBeCloseTo(0.95);
  for (const path of ['position.table', 'special', 'bias']) expect(first(path)).toBe(1);
});

test('moments of a parameter without gradients stop shrinking before they are subnormal', () => {
  const parameters = new ParameterList();
  parameters.root.get('weight', [2, 2]);
  const store = new ParameterStore(parameters);
  const optimizer = new AdamW(store, { beta2: 0.9 });
  const gradients = new Float32Array(store.trainableLength).fill(1e-3);
  for (let count = 1; count <= 1200; count++) {
    optimizer.update(gradients, { rate: 1e-3, count });
    gradients.fill(0);
  }
  for (const moments of [optimizer.first, optimizer.second])
    for (const moment of moments) expect(moment === 0 || (moment > 1e-33 && moment < 1e-30)).toBe(true);
});
