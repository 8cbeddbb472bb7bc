/** What a joint model costs to run. Text and picture go through it together, so a pair is what is counted. */
import { evaluateSize, ParameterList } from '../../core/index.ts';
import { flopsAt, textTokens, type Work } from '../work.ts';
import { traceHead } from './programs.ts';
import type { JointSource } from './source.ts';

/** Undefined where a file has no head. `sizes` and `input` are those of a usual picture. */
export function jointWork<Picture>(source: JointSource<Picture>): Work | undefined {
  const [head] = source.heads;
  if (!head) return undefined;
  const { input, sizes } = source.usual;
  const all = { pictures: 1, rows: 1, places: 1, tokens: textTokens, ...sizes };
  const seen = source.model(new ParameterList().root).see(source.inputs(''));
  return {
    input: [source.images, ...input.slice(1)],
    pictureTokens: evaluateSize(seen.tokens.size(1), all),
    text: flopsAt(traceHead(source, head).outputs, all),
  };
}
