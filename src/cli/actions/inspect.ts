/** `sightread inspect`: what is in a model. */
import { type Inspection, inspectModel } from '../../models/inspect.ts';
import { openModel } from '../../models/load.ts';
import { textTokens, type Work } from '../../models/work.ts';
import type { InspectFlags } from '../commands/inspect.ts';
import { loading } from '../model.ts';
import { compact, measure } from '../numbers.ts';
import type { Session } from '../session.ts';
import { treeLines } from '../tree.ts';

export async function inspect(
  model: string | undefined,
  { depth, json, ...flags }: InspectFlags,
  session: Session,
): Promise<void> {
  const inspection = await inspectModel(
    await loading(session, (options) => openModel(model, { ...flags, ...options })),
  );
  if (json) session.stdout.write(`${JSON.stringify(inspection, undefined, 2)}\n`);
  else session.stdout.write(`${[...summary(inspection), '', ...treeLines(inspection.tensors, depth)].join('\n')}\n`);
}

function summary(inspection: Inspection): string[] {
  const { id, family, files, quantised, parameters, bytes: size, dtypes, tasks, work, tensors } = inspection;
  const mix = Object.entries(dtypes).map(([dtype, count]) => `${compact(count)} ${dtype}`);
  return [
    `model       ${id} (${family ?? 'no configuration beside it'})`,
    `tasks       ${tasks.length > 0 ? tasks.join(', ') : 'none that can be asked here'}`,
    `weights     ${files.length === 1 ? files[0] : `${files.length} files, the first ${files[0]}`}`,
    ...(quantised ? [`quantised   to ${quantised}: it runs so, and cannot be trained`] : []),
    `parameters  ${compact(parameters)} in ${tensors.length} tensors (${mix.join(', ')})`,
    `memory      ${measure(size, 'B')} as stored, ${measure(4 * parameters, 'B')} in float32`,
    `work        ${work ? showWork(work) : 'not known for this family'}`,
  ];
}

function showWork({ input, pictureTokens, picture, token, text }: Work): string {
  const shape = input && `[${input.join(', ')}] (${pictureTokens} tokens a picture)`;
  const together = shape && picture === undefined ? ` together with ${shape}` : '';
  const parts: [number | undefined, string][] = [
    [picture, `to see one picture of ${shape}`],
    [token, 'to write one token'],
    [text, `to read a text of ${textTokens} tokens${together}`],
  ];
  return parts
    .flatMap(([flops, what]) => (flops === undefined ? [] : [`${measure(flops, 'FLOP')} ${what}`]))
    .join(', ');
}
