/**
 * What a program's run is a part of, told by its inputs and outputs, which have the same names in every family: `pixels` of
 * pictures, `ids` of texts, `memory.*` of what was seen, `past.*` of a decoder's pool (docs/architecture.md, "Decoding").
 */
import type { ProgramRun } from '../../runtime/index.ts';

/** In the order in which they happen. */
export const programStages = ['encode', 'memory', 'read', 'prompt', 'token'] as const;

/**
 * - `encode`: pictures are seen, apart from any text.
 * - `memory`: what was seen becomes what texts about it need.
 * - `read`: a text is read, alone, about what was seen, or together with a picture.
 * - `prompt`: the words that a text starts with are read.
 * - `token`: one token of each text is written.
 */
export type ProgramStage = (typeof programStages)[number];

/** Undefined for what is none of these, such as the choice among labels. */
export function stageOf({ graph, shapes }: Pick<ProgramRun, 'graph' | 'shapes'>): ProgramStage | undefined {
  const fed = Object.keys(shapes);
  // One token a row costs the same whether it starts a text or goes on with it.
  if (fed.some((name) => name.startsWith('past.'))) return shapes.positions[1] > 1 ? 'prompt' : 'token';
  if (fed.includes('ids')) return 'read';
  if (fed.includes('pixels')) return 'encode';
  if (Object.keys(graph.outputs).some((name) => name.startsWith('memory.'))) return 'memory';
  return undefined;
}
