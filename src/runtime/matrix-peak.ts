/** What a machine reaches at most: one large float32 product in the engine, with a constant matrix that it has laid out for itself. */
import { float32, input, linear, ParameterList } from '../core/index.ts';
import { type CompileOptions, compile } from './program.ts';

/** Large enough that starting the threads does not show, small beside a model in memory: some 40 MB with all copies. */
const [rows, width] = [1024, 1024];

export interface MatrixPeak extends AsyncDisposable {
  /** Floating-point operations a second in one product. */
  measure(): Promise<number>;
}

export async function openMatrixPeak(options: Pick<CompileOptions, 'device' | 'threads'> = {}): Promise<MatrixPeak> {
  const weight = new ParameterList().root.get('weight', [width, width]);
  const product = { product: linear(input('x', [rows, width]), weight) };
  const weights = new Map([['weight', { kind: 'data', value: numbers(width) } as const]]);
  const program = await compile(product, { ...options, weights });
  const feeds = { x: numbers(rows) };
  await program.run(feeds); // The first run sets memory and threads up.
  return {
    async measure() {
      const start = performance.now();
      await program.run(feeds);
      return (2 * rows * width * width) / ((performance.now() - start) / 1000);
    },
    [Symbol.asyncDispose]: () => program.release(),
  };
}

/** The time does not depend on which. */
const numbers = (height: number) => float32([height, width], new Float32Array(height * width).fill(1));
