/** Programs that tell someone what they do and how long it takes, so that a model can be measured whatever its family. */
import { evaluateSize, flopsOf, type Graph, type Size, type WeightSource } from '../core/index.ts';
import type { NativeSession } from './engine.ts';

export interface OpenedProgram {
  readonly graph: Graph;
  /** What it reads of the checkpoint. */
  readonly weights: readonly WeightSource[];
  readonly milliseconds: number;
}

export interface ProgramRun {
  readonly graph: Graph;
  /** Of what was fed, by input name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** On the clock of `performance.now()`. */
  readonly start: number;
  readonly milliseconds: number;
}

export interface Watch {
  opened?(program: OpenedProgram): void;
  ran?(run: ProgramRun): void;
}

/** The same session, whose runs of this graph are told. */
export const watched = (session: NativeSession, graph: Graph, { ran }: Watch): NativeSession => ({
  async run(feeds, into) {
    const start = performance.now();
    const outputs = await session.run(feeds, into);
    const milliseconds = performance.now() - start;
    const shapes = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape]));
    ran?.({ graph, shapes, start, milliseconds });
    return outputs;
  },
  release: () => session.release(),
  endProfiling: () => session.endProfiling(),
});

/** Operations of graphs, which many runs share. */
const counted = new WeakMap<Graph, Size>();

/** Floating-point operations of a run, a multiply-add counted as two: what the graph as traced takes at the sizes that were fed. */
export function flopsOfRun({ graph, shapes }: Pick<ProgramRun, 'graph' | 'shapes'>): number {
  const flops = counted.get(graph) ?? flopsOf(graph);
  counted.set(graph, flops);
  const sizes: Record<string, number> = {};
  for (const { source, shape } of graph.inputs)
    for (const [axis, size] of shape.entries())
      if (typeof size !== 'number' && 'name' in source) sizes[size.key] = shapes[source.name][axis];
  return evaluateSize(flops, sizes);
}
