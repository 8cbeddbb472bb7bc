/** Captioned pictures as an endless stream of examples, each of which depends on its number and the seed alone. */
import { InputError, reason, saltOf, UsageError, uniformNumber } from '../../core/index.ts';
import {
  type CaptionedImage,
  captionVocabulary,
  evaluationSet,
  openEmojiSet,
  trainingSource,
} from '../../data/index.ts';
import { decodeImage, type ImageSource, type Pixels } from '../../image/index.ts';
import { isEmojiSet, openCaptions } from '../captions.ts';
import { counted } from '../numbers.ts';
import { complain, type Session } from '../session.ts';

export interface Example {
  picture: Pixels;
  caption: string;
}

/** A picture that is kept from training. */
export interface HeldOut {
  picture: ImageSource;
  captions: readonly string[];
}

export interface Examples {
  take(index: number): Promise<Example>;
  heldOut: readonly HeldOut[];
  /** Every wording, for a new vocabulary. */
  texts: readonly string[];
  /** Said before training starts. */
  summary: string;
}

export interface ExampleOptions {
  /** Share of the pictures that are kept from training. */
  holdOut: number;
  seed: number;
  /** Pixels a side, for sets that are drawn to order. */
  side: number;
}

/** The most pictures that are judged: more would cost more time than they tell. */
const mostHeldOut = 200;

export async function openExamples(source: string, options: ExampleOptions, session: Session): Promise<Examples> {
  return (await isEmojiSet(source)) ? fromSet(source, options) : fromFiles(source, options, session);
}

async function fromSet(folder: string, { seed, side }: ExampleOptions): Promise<Examples> {
  const set = await openEmojiSet(folder);
  const sample = trainingSource(set, { side, seed });
  const kept = (['val-seen', 'scenes'] as const).flatMap((name) => {
    const { size, sample: draw } = evaluationSet(set, name, side);
    const count = Math.min(mostHeldOut / 2, size);
    return Array.from({ length: count }, (_, i) => draw(Math.floor((i * size) / count)));
  });
  const asPixels = (data: Uint8Array): Pixels => ({ width: side, height: side, channels: 3, data });
  return {
    async take(index) {
      const { pixels, caption } = sample(index);
      return { picture: asPixels(pixels), caption };
    },
    heldOut: kept.map(({ pixels, captions }) => ({ picture: asPixels(pixels), captions })),
    texts: captionVocabulary(set),
    summary: `endless samples of ${set.sprites.length} drawings; ${kept.length} pictures are held out`,
  };
}

async function fromFiles(source: string, { holdOut, seed }: ExampleOptions, session: Session): Promise<Examples> {
  const reader = await openCaptions(source);
  const rows: CaptionedImage[] = [];
  for await (const row of reader) rows.push(row);
  for (const { where, fault } of reader.report.bad.slice(0, 5)) complain(session, `${where}: ${fault}`);
  // By name, so that a picture stays on its side when others are added.
  const isKept = ({ id }: CaptionedImage) => uniformNumber(0, saltOf(id), 0) < holdOut;
  const [kept, used] = [rows.filter(isKept), rows.filter((row) => !isKept(row))];
  if (used.length === 0)
    throw new UsageError(
      `${source}: has no picture to train on (${rows.length} with captions); see sightread data show`,
    );
  const judged = await readable(kept.slice(0, mostHeldOut), session);
  const bad = reader.report.bad.length;
  return {
    take: shuffled(used, seed, session),
    heldOut: judged.map(({ image, captions }) => ({ picture: image, captions })),
    texts: rows.flatMap(({ captions }) => captions),
    summary: `${counted(used.length, 'picture')}, ${judged.length} held out${bad ? `; ${counted(bad, 'row')} cannot be used` : ''}`,
  };
}

/** Found out before hours of training end at a picture that cannot be judged. */
async function readable(rows: readonly CaptionedImage[], session: Session): Promise<CaptionedImage[]> {
  const good: CaptionedImage[] = [];
  for (const row of rows)
    try {
      await decodeImage(row.image, { signal: session.signal });
      good.push(row);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      complain(session, `${reason(error)}; passed over`);
    }
  return good;
}

/** Each pass over the rows is in an order of its own. A picture that cannot be read is reported once and passed over. */
function shuffled(rows: readonly CaptionedImage[], seed: number, session: Session): Examples['take'] {
  const unreadable = new Set<CaptionedImage>();
  let [pass, order] = [-1, [] as number[]];
  const rowAt = (index: number) => {
    const wanted = Math.floor(index / rows.length);
    if (wanted !== pass) [pass, order] = [wanted, permutation(rows.length, seed, wanted)];
    return rows[order[index % rows.length]];
  };
  return async (index) => {
    for (let skip = 0; skip < rows.length; skip++) {
      const row = rowAt(index + skip);
      const choice = Math.floor(uniformNumber(seed, saltOf('which caption'), index) * row.captions.length);
      try {
        return { picture: await decodeImage(row.image, { signal: session.signal }), caption: row.captions[choice] };
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        if (!unreadable.has(row)) complain(session, `${reason(error)}; passed over`);
        unreadable.add(row);
      }
    }
    throw new InputError(`none of the ${rows.length} pictures can be read`);
  };
}

/** Fisher and Yates. */
function permutation(size: number, seed: number, pass: number): number[] {
  const order = Array.from({ length: size }, (_, i) => i);
  const salt = saltOf(`order of pass ${pass}`);
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor(uniformNumber(seed, salt, i) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
