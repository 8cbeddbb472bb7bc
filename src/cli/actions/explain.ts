/** `sightread answer --explain`: where each word of the question belongs in the picture, as a drawing. */
import { writeWhole } from '../../checkpoint/index.ts';
import { UsageError } from '../../core/errors.ts';
import { decodeImage, encodePng, type ImageSource, type Pixels, pixels } from '../../image/index.ts';
import { need } from '../../models/load.ts';
import type { LoadedModel } from '../../models/model.ts';
import type { AnswerFlags } from '../commands/answer.ts';
import { drawAlignment } from '../drawing/alignment.ts';
import type { Picture } from '../pictures.ts';
import type { Session } from '../session.ts';

/** Throws UsageError for what cannot be drawn, before a model is loaded. */
export function checkExplained(pictures: readonly Picture[], { explain, video }: AnswerFlags): void {
  if (!/\.png$/i.test(explain as string)) throw new UsageError(`--explain ${explain}: give a name that ends in .png`);
  if (pictures.length > 1 || video) throw new UsageError('--explain draws over one picture; name one, without --video');
}

/** Draws each answer that it is told. Throws UsageError where the model cannot say where words belong. */
export function explainer(model: LoadedModel, { explain, over }: AnswerFlags, { signal }: Session) {
  const align = need(model, 'align', 'say where words belong in a picture');
  return async (picture: ImageSource, question: string, answer: string): Promise<void> => {
    const alignment = await align(picture, question, { signal });
    const under = await backdrop(over ?? picture, signal);
    await writeWhole(explain as string, await encodePng(drawAlignment(under, alignment, { question, answer })));
  };
}

/** The picture; for a file of regions, which holds none, an empty square. */
async function backdrop(source: ImageSource, signal: AbortSignal): Promise<Pixels> {
  if (typeof source === 'string' && /\.(npz|safetensors)$/i.test(source)) {
    const side = 256;
    return pixels(side, side, new Uint8Array(side * side * 3).fill(255));
  }
  return await decodeImage(source, { signal });
}
