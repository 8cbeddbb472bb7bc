/** Help for tests: a small classifier with dropout and its batches. Run as a program, it trains in the folder given. */
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import {
  crossEntropy,
  dim,
  dropout,
  float32,
  init,
  input,
  int64,
  Key,
  type NDArray,
  ParameterList,
  type Params,
  type Tensor,
  uniformNumber,
} from '../core/index.ts';
import { stopOnInterrupt } from './interrupt.ts';
import { compileStep } from './step.ts';
import { type TrainOptions, type TrainResult, train } from './trainer.ts';

const features = 8;

function dense(p: Params, x: Tensor, width: number): Tensor {
  return x.matmul(p.get('weight', [x.width, width], init.normal(0.3))).add(p.get('bias', [width]));
}

/** Two dense layers, `rate` of dropout between them; inputs x [batch, 8], y [batch], key. */
export function classifier({ rate = 0.1 } = {}) {
  const parameters = new ParameterList();
  const p = parameters.root;
  const batch = dim('batch');
  const inputs = { x: input('x', [batch, features]), y: input('y', [batch], 'int64'), key: input('key', [], 'int64') };
  const hidden = dense(p.at('vision', 'up'), inputs.x, 16).tanh();
  const logits = dense(p.at('head'), dropout(hidden, rate, new Key(inputs.key)), 4);
  const accuracy = logits.argmax().equal(inputs.y).cast('float32').mean();
  return { parameters, inputs, loss: crossEntropy(logits, inputs.y), metrics: { accuracy } };
}

/** Batch `index`: points whose class is the pair of signs of their first two features. */
export async function points(index: number, count = 16): Promise<Record<string, NDArray>> {
  const x = Float32Array.from({ length: count * features }, (_, i) => uniformNumber(index, 5, i) - 0.5);
  const label = (row: number) => (x[row * features] > 0 ? 1 : 0) + (x[row * features + 1] > 0 ? 2 : 0);
  return {
    x: float32([count, features], x),
    y: int64(
      [count],
      Array.from({ length: count }, (_, row) => label(row)),
    ),
  };
}

/** A short run with everything on: dropout, clipping, accumulation, average, evaluation. */
export async function shortRun(folder: string, options: Partial<TrainOptions> = {}): Promise<TrainResult> {
  await using step = await compileStep({ ...classifier(), adds: true });
  step.store.initialise(1);
  return await train({
    step,
    folder,
    data: points,
    steps: 60,
    schedule: { kind: 'cosine', peak: 0.02, warmup: 5, steps: 60 },
    average: 0.9,
    accumulate: 2,
    seed: 3,
    saveEvery: 7,
    evaluateEvery: 10,
    evaluate: async (weights) => ({
      scores: { size: Math.hypot(...(weights.get('head.weight')!.data as Float32Array)) },
    }),
    best: { score: 'size', higher: true },
    ...options,
  });
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href) {
  using stop = stopOnInterrupt();
  // Slowed down so that a test has time to stop it between any two steps.
  const slow = async (index: number) => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return points(index);
  };
  await shortRun(argv[2], { data: slow, signal: stop.signal, onProgress: ({ step }) => console.log(step) });
}
