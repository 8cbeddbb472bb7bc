/** `sightread embed --search`: pictures ordered by a text, in two steps: by cosine, then the best again by match. */
import { UsageError } from '../../core/errors.ts';
import type { ImageSource } from '../../image/index.ts';
import { need } from '../../models/load.ts';
import type { LoadedModel } from '../../models/model.ts';
import { cosines } from '../../models/vectors.ts';
import { inBatches } from '../batches.ts';
import type { EmbedFlags } from '../commands/embed.ts';
import { rounded } from '../numbers.ts';
import type { Picture } from '../pictures.ts';
import { watched } from '../progress.ts';
import { jsonArray } from '../report.ts';
import { complain, type Session } from '../session.ts';

interface Candidate {
  image: string;
  source: ImageSource;
  cosine: number;
  match?: number;
}

export async function search(
  pictures: readonly Picture[],
  text: string,
  model: LoadedModel,
  { best, json }: Pick<EmbedFlags, 'best' | 'json'>,
  session: Session,
): Promise<void> {
  if (!text) throw new UsageError('--search: the text is empty');
  const nearest = (await byCosine(pictures, text, model, session)).slice(0, best);
  const found = model.match ? await byMatch(nearest, text, model.match, session) : nearest;
  const rows = found.map(({ image, match, cosine }) => ({ image, ...(match !== undefined && { match }), cosine }));
  if (json) {
    const array = jsonArray(session);
    for (const row of rows) array.add({ ...row, model: model.id });
    array.close();
  } else if (rows.length > 0) {
    const lines = rows.map(({ image, ...scores }) => [image, ...Object.values(scores).map(rounded)].join('\t'));
    session.stdout.write(`${[Object.keys(rows[0]).join('\t'), ...lines].join('\n')}\n`);
  }
}

/** Every readable picture, nearest to the text first. Only vectors are kept, so the folder may be large. */
async function byCosine(
  pictures: readonly Picture[],
  text: string,
  model: LoadedModel,
  session: Session,
): Promise<Candidate[]> {
  const { signal } = session;
  const [see, read] = [need(model, 'embedImages', 'search'), need(model, 'embedTexts', 'search')];
  const texts = await read([text], { signal });
  const work = async (sources: ImageSource[]) =>
    cosines(await see(sources, { signal }), texts).map(([cosine]) => cosine);
  const outcomes = inBatches(pictures, { size: 1, work, processor: model.processor?.(), signal });
  // As they were given: those that were read ahead are not kept.
  const sourceOf = new Map(pictures.map(({ name, source }) => [name, source as ImageSource]));
  const all: Candidate[] = [];
  for await (const outcome of watched(outcomes, pictures.length, session))
    if ('error' in outcome) complain(session, outcome.error);
    else all.push({ image: outcome.name, source: sourceOf.get(outcome.name)!, cosine: outcome.value });
  const bad = pictures.length - all.length;
  if (bad > 0) {
    session.exitCode = 1;
    session.stderr.write(`searched ${all.length} of ${pictures.length} pictures; ${bad} failed\n`);
  }
  return all.sort((a, b) => b.cosine - a.cosine);
}

/** The same pictures, the likeliest match first; each is seen once more. */
async function byMatch(
  candidates: readonly Candidate[],
  text: string,
  judge: NonNullable<LoadedModel['match']>,
  session: Session,
): Promise<Candidate[]> {
  const judged = (async function* () {
    for (const candidate of candidates) {
      const [match] = await judge(candidate.source, [text], { signal: session.signal });
      yield { ...candidate, match };
    }
  })();
  const all: Required<Candidate>[] = [];
  for await (const candidate of watched(judged, candidates.length, session)) all.push(candidate);
  return all.sort((a, b) => b.match - a.match || b.cosine - a.cosine);
}
