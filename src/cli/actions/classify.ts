/** `sightread classify`: the best of the given labels for each picture. */
import { UsageError } from '../../core/errors.ts';
import { need } from '../../models/load.ts';
import type { ClassifyFlags } from '../commands/classify.ts';
import { readLines } from '../lists.ts';
import { loadModel } from '../model.ts';
import { findPictures } from '../pictures.ts';
import { describe } from '../report.ts';
import type { Session } from '../session.ts';

export async function classify(given: readonly string[], flags: ClassifyFlags, session: Session): Promise<void> {
  const labels = await readLabels(flags.labels);
  const pictures = await findPictures(given, session, flags);
  await using model = await loadModel(flags, session);
  const choose = need(model, 'classify');
  const options = { prompt: flags.prompt, signal: session.signal };
  await describe(pictures, session, {
    batch: 1,
    model,
    json: flags.json,
    named: given.length > 1 || pictures.length > 1,
    done: 'classified',
    work: async ([picture]) => {
      const { label, score } = await choose(picture, labels, options);
      return [{ text: label, fields: { label, score, model: model.id } }];
    },
  });
}

/** `cat,dog`, or `@animals.txt` with one label a line. Repeated labels count once. */
async function readLabels(list: string): Promise<string[]> {
  const texts = list.startsWith('@') ? await readLines(list.slice(1), '--labels') : list.split(',');
  const labels = [...new Set(texts.map((text) => text.trim()).filter(Boolean))];
  if (labels.length === 0) throw new UsageError(`--labels ${list}: there are no labels; give some, as in cat,dog`);
  return labels;
}
