/** `sightread fill`: words for the masks of a text. */
import { InputError, UsageError } from '../../core/errors.ts';
import type { ImageSource } from '../../image/index.ts';
import { need } from '../../models/load.ts';
import type { FillFlags } from '../commands/fill.ts';
import { loadModel } from '../model.ts';
import { rounded } from '../numbers.ts';
import { findPictures } from '../pictures.ts';
import type { Session } from '../session.ts';

export async function fill(text: string, flags: FillFlags, session: Session): Promise<void> {
  const image = flags.image === undefined ? undefined : await onePicture(flags.image, flags, session);
  await using model = await loadModel(flags, session);
  const guess = need(model, 'fill', 'fill masks');
  const filled = await guess(text, { image, best: flags.top, signal: session.signal });
  const { stdout } = session;
  if (flags.json) {
    const masks = filled.words.map((guesses) => guesses.map(({ word, probability }) => ({ word, probability })));
    stdout.write(`${JSON.stringify({ text: filled.text, masks, image: flags.image, model: model.id })}\n`);
    return;
  }
  const lines = filled.words.map((guesses, i) =>
    [i + 1, ...guesses.map(({ word, probability }) => `${word} ${rounded(probability)}`)].join('\t'),
  );
  stdout.write(`${[filled.text, ...lines].join('\n')}\n`);
}

/** Throws UsageError where an option that takes one picture names several, InputError where it cannot be read. */
async function onePicture(name: string, flags: FillFlags, session: Session): Promise<ImageSource> {
  const [picture, ...others] = await findPictures([name], session, flags);
  if (others.length > 0) throw new UsageError(`--image ${name}: is ${1 + others.length} pictures; name one`);
  if (picture.source instanceof InputError) throw picture.source;
  return picture.source;
}
