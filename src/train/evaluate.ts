/** Scores on held-out batches. */
import type { NDArray } from '../core/index.ts';
import type { Program } from '../runtime/index.ts';
import { type Batch, examplesIn } from './batches.ts';
import { weightsFor } from './step.ts';

/**
 * The mean of every output of a program (numbers without axes, such as a loss) over batches, each weighted by its number
 * of examples. Compile the program without dropout, from the same parameters as the train step.
 */
export async function meanOutputs(
  program: Program,
  weights: ReadonlyMap<string, NDArray>,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
): Promise<Record<string, number>> {
  const fed = weightsFor(program, weights);
  const sums: Record<string, number> = Object.fromEntries(program.outputs.map((name) => [name, 0]));
  let count = 0;
  for await (const batch of batches) {
    const examples = examplesIn(batch);
    const outputs = await program.run({ ...fed, ...batch });
    for (const name of program.outputs) sums[name] += Number(outputs[name].data[0]) * examples;
    count += examples;
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
}
