/** `sightread caption`: pictures in, sentences out. */
import { UsageError } from '../../core/errors.ts';
import { need } from '../../models/load.ts';
import type { Work } from '../batches.ts';
import type { CaptionFlags } from '../commands/caption.ts';
import { loadModel } from '../model.ts';
import { writingOptions } from '../options.ts';
import { findPictures } from '../pictures.ts';
import { describe, type Result } from '../report.ts';
import type { Session } from '../session.ts';

export async function caption(given: readonly string[], flags: CaptionFlags, session: Session): Promise<void> {
  const { prompt, stream, json, batch } = flags;
  const pictures = await findPictures(given, session, flags);
  const several = given.length > 1 || pictures.length > 1;
  if (stream && (several || json || (flags.beams ?? 1) > 1))
    throw new UsageError(
      '--stream shows one caption as it is written; give one picture, and neither --json nor --beams',
    );

  await using model = await loadModel(flags, session);
  const write = need(model, 'caption');
  const { signal, stdout } = session;
  const onText = stream ? (piece: string) => stdout.write(piece) : undefined;
  const work: Work<Result> = async (sources) => {
    const captions = await write(sources, { ...writingOptions(flags), prompt, signal, onText });
    return captions.map(({ text, score }) => ({
      text: stream ? '' : text,
      fields: { caption: text, score, model: model.id },
    }));
  };
  await describe(pictures, session, { batch, model, work, json, named: several, done: 'captioned' });
}
