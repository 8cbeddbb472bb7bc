/** `sightread embed`: pictures and texts as vectors. */
import { UsageError } from '../../core/errors.ts';
import { need } from '../../models/load.ts';
import type { LoadedModel } from '../../models/model.ts';
import { inBatches } from '../batches.ts';
import type { EmbedFlags } from '../commands/embed.ts';
import { readTexts } from '../lists.ts';
import { loadModel } from '../model.ts';
import { findPictures, type Picture } from '../pictures.ts';
import { watched } from '../progress.ts';
import { complain, type Session } from '../session.ts';
import { checkVectorFile, type Vector, vectorLine, writeVectors } from '../vectors.ts';
import { search } from './search.ts';

export async function embed(given: readonly string[], flags: EmbedFlags, session: Session): Promise<void> {
  const { out, search: wanted } = flags;
  if (wanted !== undefined && (out || flags.text))
    throw new UsageError('--search orders pictures; give it without --out and --text');
  if (out) checkVectorFile(out);
  if (given.length === 0 && (wanted !== undefined || !flags.text))
    throw new UsageError('there is nothing to embed; give pictures, or texts with --text');
  const texts = flags.text ? await readTexts(flags.text, '--text') : [];
  const pictures = await findPictures(given, session, flags);
  await using model = await loadModel(flags, session);
  if (wanted !== undefined) return await search(pictures, wanted.trim(), model, flags, session);

  const kept: Vector[] = [];
  for await (const vector of vectorsOf(pictures, texts, model, session))
    if (out) kept.push(vector);
    else session.stdout.write(vectorLine(vector, model.id));
  if (out && kept.length > 0) {
    await writeVectors(out, kept, model.id);
    session.stdout.write(`${out}\n`);
  }
}

/** The pictures' vectors in order, then the texts'. A picture that cannot be read is reported and left out. */
async function* vectorsOf(
  pictures: readonly Picture[],
  texts: readonly string[],
  model: LoadedModel,
  session: Session,
): AsyncGenerator<Vector> {
  const { signal } = session;
  const [see, read] = [need(model, 'embedImages', 'embed'), need(model, 'embedTexts', 'embed')];
  const outcomes = inBatches(pictures, {
    size: 1,
    work: (sources) => see(sources, { signal }),
    processor: model.processor?.(),
    signal,
  });
  let bad = 0;
  for await (const outcome of watched(outcomes, pictures.length, session))
    if ('error' in outcome) {
      bad++;
      complain(session, outcome.error);
    } else yield { image: outcome.name, vector: outcome.value };
  if (texts.length > 0)
    for (const [i, vector] of (await read(texts, { signal })).entries()) yield { text: texts[i], vector };
  if (bad === 0) return;
  session.exitCode = 1;
  if (pictures.length > 1)
    session.stderr.write(`embedded ${pictures.length - bad} of ${pictures.length} pictures; ${bad} failed\n`);
}
