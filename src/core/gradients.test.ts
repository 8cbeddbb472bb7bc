/**
 * Every primitive with a gradient, against central differences of its own forward pass.
 *
 * The scalar checked is a fixed random mixture of all outputs, so that no component can hide; the list of covered
 * primitives is compared with the list that exists, so that a new one cannot come without a test.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compile } from '../runtime/index.ts';
import { nodesOf } from './graph.ts';
import {
  attention,
  boundary,
  concat,
  constant,
  conv,
  crossEntropy,
  einsum,
  float32,
  grad,
  input,
  int64,
  layerNorm,
  linear,
  matmul,
  maxPool,
  type NDArray,
  resize,
  rmsNorm,
  scatterRows,
  type Tensor,
  topK,
} from './index.ts';
import { randomArray } from './testing.ts';

interface Case {
  name: string;
  shapes: number[][];
  f: (...x: Tensor[]) => Tensor;
  low?: number;
  high?: number;
}

const ids = (shape: number[], ...values: number[]) => constant(int64(shape, values));
const one = (name: string, f: (x: Tensor) => Tensor, low = -1, high = 1): Case => ({
  name,
  shapes: [[3, 4]],
  f,
  low,
  high,
});
const two = (name: string, f: (a: Tensor, b: Tensor) => Tensor, low = -1, high = 1): Case[] => [
  {
    name,
    shapes: [
      [3, 4],
      [3, 4],
    ],
    f,
    low,
    high,
  },
  {
    name: `${name}, broadcast`,
    shapes: [
      [2, 3, 4],
      [3, 1],
    ],
    f,
    low,
    high,
  },
];

const cases: Case[] = [
  one('neg', (x) => x.neg()),
  one('abs', (x) => x.abs()),
  one('exp', (x) => x.exp()),
  one('log', (x) => x.log(), 0.5, 2),
  one('sqrt', (x) => x.sqrt(), 0.5, 2),
  one('sin', (x) => x.sin()),
  one('cos', (x) => x.cos()),
  one('tanh', (x) => x.tanh()),
  one('sigmoid', (x) => x.sigmoid()),
  one('relu', (x) => x.relu()),
  one('softplus', (x) => x.softplus()),
  one('erf', (x) => x.erf()),
  one('gelu', (x) => x.gelu('erf'), -3, 3),
  one('geluTanh', (x) => x.gelu('tanh'), -3, 3),
  one('geluQuick', (x) => x.gelu('quick'), -3, 3),
  one('softmax', (x) => x.softmax(-1)),
  one('softmax, first axis', (x) => x.softmax(0)),
  one('logSoftmax', (x) => x.logSoftmax(-1)),
  one('cumsum', (x) => x.cumsum(1)),
  one('boundary', (x) => boundary(x.exp())),
  one('cast', (x) => x.cast('float64').mul(2).cast('float32')),
  ...two('add', (a, b) => a.add(b)),
  ...two('sub', (a, b) => a.sub(b)),
  ...two('mul', (a, b) => a.mul(b)),
  ...two('div', (a, b) => a.div(b), 0.5, 2),
  ...two('pow', (a, b) => a.pow(b), 0.5, 2),
  ...two('maximum', (a, b) => a.maximum(b)),
  ...two('minimum', (a, b) => a.minimum(b)),
  ...two('where', (a, b) => a.greater(b).where(a.mul(2), b)),
  one('sum', (x) => x.sum(1)),
  one('sum of everything', (x) => x.mul(x).sum()),
  one('mean', (x) => x.mul(x).mean(0, { keep: true })),
  one('max', (x) => x.max(1)),
  one('min', (x) => x.min([0, 1])),
  one('reshape', (x) => x.reshape([2, -1]).mul(x.reshape([2, 6]))),
  one('transpose', (x) => x.transpose([1, 0]).matmul(x)),
  one('expand', (x) => x.unsqueeze(1).expand([3, 2, 4]).exp()),
  one('concat', (x) => concat([x, x.exp(), x], 1)),
  one('slice', (x) => x.slice(1, 1, 3).mul(x.slice(1, -2))),
  one('pad', (x) => x.pad(1, 2, 1, 0.5).exp()),
  one('gather', (x) => x.gather(ids([2, 3], 0, 2, 0, 1, 1, 1), 1).exp()),
  one('gather rows', (x) => x.gather(ids([4], 0, 2, 0, 0)).exp()),
  one('scatterRows', (x) => scatterRows(x.exp(), ids([3], 1, 4, 1), 5).tanh()),
  one('takeAlong', (x) => x.takeAlong(ids([3, 2], 0, 0, 3, 1, 2, 2), 1).exp()),
  {
    name: 'scatterAlong',
    shapes: [
      [3, 4],
      [3, 2],
    ],
    f: (x, u) => x.scatterAlong(ids([3, 2], 0, 0, 3, 1, 2, 2), u, 1).exp(),
  },
  one('topK', (x) => topK(x, 2)[0].exp()),
  {
    name: 'matmul',
    shapes: [
      [3, 4],
      [4, 5],
    ],
    f: (a, b) => matmul(a, b),
  },
  {
    name: 'matmul, batched and broadcast',
    shapes: [
      [2, 3, 4],
      [1, 4, 5],
    ],
    f: (a, b) => matmul(a, b),
  },
  {
    name: 'matmul aᵀb',
    shapes: [
      [2, 4, 3],
      [2, 4, 5],
    ],
    f: (a, b) => matmul(a, b, { transposeA: true }, 0.5),
  },
  {
    name: 'matmul abᵀ',
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    f: (a, b) => matmul(a, b, { transposeB: true }),
  },
  {
    name: 'matmul aᵀbᵀ',
    shapes: [
      [2, 4, 3],
      [2, 5, 4],
    ],
    f: (a, b) => matmul(a, b, { transposeA: true, transposeB: true }),
  },
  {
    name: 'matmul by a matrix',
    shapes: [
      [2, 3, 4],
      [4, 5],
    ],
    f: (a, b) => matmul(a, b),
  },
  { name: 'linear', shapes: [[2, 3, 4], [5, 4], [5]], f: (x, w, b) => linear(x, w, b) },
  {
    name: 'linear of rows',
    shapes: [
      [3, 4],
      [5, 4],
    ],
    f: (x, w) => linear(x, w),
  },
  { name: 'einsum', shapes: [[2, 3, 4], [2, 5, 4], [4]], f: (a, b, c) => einsum('bqd,bkd,d->bqk', a, b, c) },
  { name: 'einsum with a summed axis', shapes: [[2, 3], [3]], f: (a, b) => einsum('ij,k->k', a, b) },
  { name: 'layerNorm', shapes: [[2, 3, 8], [8], [8]], f: (x, s, b) => layerNorm(x, s, b, 1e-5) },
  { name: 'rmsNorm', shapes: [[2, 3, 8], [8]], f: (x, s) => rmsNorm(x, s, 1e-6) },
  {
    name: 'attention',
    shapes: [
      [2, 3, 8],
      [2, 5, 8],
      [2, 5, 8],
      [1, 1, 3, 5],
    ],
    f: (q, k, v, bias) => attention(q, k, v, { heads: 2, bias }).values,
  },
  { name: 'crossEntropy', shapes: [[4, 5]], f: (x) => crossEntropy(x, ids([4], 0, -100, 4, 2)) },
  {
    name: 'crossEntropy, smoothed',
    shapes: [[4, 5]],
    f: (x) => crossEntropy(x, ids([4], 0, -100, 4, 2), { smoothing: 0.1 }),
  },
  {
    name: 'crossEntropy, smoothed over the others, by row',
    shapes: [[4, 5]],
    f: (x) => crossEntropy(x, ids([4], 0, 9, 4, 2), { ignore: 9, smoothing: 0.1, spread: 'others', reduction: 'none' }),
  },
  { name: 'conv, one axis', shapes: [[2, 3, 7], [4, 3, 3], [4]], f: (x, k, b) => conv(x, k, b, { padding: 1 }) },
  {
    name: 'conv, two axes, stride 2',
    shapes: [
      [2, 3, 6, 7],
      [4, 3, 3, 2],
    ],
    f: (x, k) => conv(x, k, undefined, { stride: 2, padding: [1, 0] }),
  },
  {
    name: 'conv, groups and dilation',
    shapes: [
      [2, 4, 7, 6],
      [6, 2, 2, 3],
    ],
    f: (x, k) => conv(x, k, undefined, { groups: 2, dilation: [2, 1], padding: [1, 0, 0, 1] }),
  },
  {
    name: 'conv, three axes',
    shapes: [
      [1, 2, 3, 4, 4],
      [3, 2, 2, 2, 2],
    ],
    f: (x, k) => conv(x, k, undefined, { stride: [1, 2, 1] }),
  },
  {
    name: 'convTranspose and convKernel, twice differentiated',
    shapes: [
      [1, 2, 5],
      [3, 2, 2],
    ],
    f: (x, k) => {
      const y = conv(x, k, undefined, { stride: 2 });
      const [dx, dk] = grad(y.mul(y).sum(), [x, k]);
      return concat([dx.reshape([-1]), dk.reshape([-1])], 0);
    },
  },
  { name: 'maxPool', shapes: [[1, 2, 4, 5]], f: (x) => maxPool(x, { kernel: 3, stride: 2, ceil: true }) },
  { name: 'resize bicubic', shapes: [[1, 2, 3, 4]], f: (x) => resize(x, 5, 3, { mode: 'bicubic' }) },
  { name: 'resize bilinear', shapes: [[2, 3, 4]], f: (x) => resize(x, 2, 7, { mode: 'bilinear', alignCorners: true }) },
];

/** The mixture Σ r·y of all output elements, and its gradient. */
function scalarOf({ shapes, f }: Case) {
  const xs = shapes.map((shape, i) => input(`x${i}`, shape));
  const y = f(...xs);
  const mixture = y.mul(constant(randomArray(y.shape as number[], 99))).sum();
  return { xs, mixture };
}

describe('gradients equal central differences', () => {
  test.each(cases)('$name', async (item) => {
    const { xs, mixture } = scalarOf(item);
    const grads = grad(mixture, xs);
    await using program = await compile({ value: mixture, ...Object.fromEntries(grads.map((g, i) => [`g${i}`, g])) });
    const feeds: Record<string, NDArray> = {};
    for (const [i, shape] of item.shapes.entries()) feeds[`x${i}`] = randomArray(shape, i + 1, item.low, item.high);
    const analytic = await program.run(feeds);
    const step = 2e-3;
    for (const [i, shape] of item.shapes.entries()) {
      const base = feeds[`x${i}`].data as Float32Array;
      for (let at = 0; at < base.length; at++) {
        const moved = async (by: number) => {
          const data = base.slice();
          data[at] += by;
          const result = await program.run({ ...feeds, [`x${i}`]: float32(shape, data) }, { only: ['value'] });
          return Number(result.value.data[0]);
        };
        const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
        const value = Number(analytic[`g${i}`].data[at]);
        expect(Math.abs(value - difference), `input ${i}, element ${at}: ${value} against ${difference}`).toBeLessThan(
          4e-3 * (1 + Math.abs(difference)),
        );
      }
    }
  });

  test('no primitive with a gradient is left out', async () => {
    const covered = new Set<string>();
    for (const item of cases) {
      const { xs, mixture } = scalarOf(item);
      for (const node of nodesOf([mixture, ...grad(mixture, xs)])) covered.add(node.primitive.name);
    }
    const missing: string[] = [];
    for (const file of readdirSync(new URL('./ops', import.meta.url))) {
      const exports = Object.values(await import(`./ops/${file.replace('.ts', '')}.ts`)).flatMap((value) =>
        value && typeof value === 'object' && !('shape' in value) ? Object.values(value) : [value],
      ) as { name?: string; grad?: unknown; onnx?: unknown }[];
      for (const value of exports)
        if (value && typeof value === 'object' && value.onnx && value.grad && !covered.has(value.name!))
          missing.push(value.name!);
    }
    expect(missing).toEqual([]);
  });
});
