/**
 * CapFilt on a batch of pictures (BLIP, arXiv 2201.12086, section 3.3): the captioner writes one caption a picture, and
 * the filter drops every text, found or written, that its image-text matching head predicts not to match.
 */
import { relative } from 'node:path';
import { InputError, reason, saltOf } from '../core/index.ts';
import { decodeImage, type Pixels } from '../image/index.ts';
import type { CaptionOptions, LoadedModel } from '../models/model.ts';
import type { BadPair, Candidate, TextSource } from './candidates.ts';
import type { Batch, PictureTexts } from './pictures.ts';

export interface JudgeOptions {
  caption: NonNullable<LoadedModel['caption']>;
  match: NonNullable<LoadedModel['match']>;
  /** Texts with at least this probability of a match are kept. */
  threshold: number;
  /** How captions are written. */
  writing: Omit<CaptionOptions, 'signal' | 'onText' | 'seed'>;
  seed: number;
  signal?: AbortSignal;
}

/** A picture and the verdict on each of its texts; `pixels` is missing where it cannot be read. */
export interface JudgedPicture extends PictureTexts {
  pixels?: Pixels;
  candidates: Candidate[];
}

export type Judged = JudgedPicture | BadPair;

/** Captions and judges the pictures of a batch. A bad picture costs its own texts only. */
export async function judge({ items }: Batch, options: JudgeOptions): Promise<Judged[]> {
  const pictures = items.filter((item): item is PictureTexts => 'picture' in item);
  const decoded = new Map(await Promise.all(pictures.map(async (one) => [one, await decode(one, options)] as const)));
  const readable = pictures.flatMap((one) => {
    const pixels = decoded.get(one);
    return pixels instanceof InputError ? [] : [{ place: one.place, pixels: pixels as Pixels }];
  });
  const captions = await write(readable, options);
  const judged: Judged[] = [];
  for (const item of items) {
    if ('fault' in item) {
      judged.push({ id: item.id, fault: item.fault });
      continue;
    }
    const pixels = decoded.get(item) as Pixels | InputError;
    if (pixels instanceof InputError) judged.push({ ...item, candidates: refused(item, pixels) });
    else judged.push(await verdicts(item, pixels, captions.get(item.place) as string | InputError, options));
  }
  return judged;
}

/** Keeps what people wrote as it is. A picture that cannot be read, or an empty text, is left out. */
export async function accept({ items }: Batch, options: Pick<JudgeOptions, 'signal'>): Promise<Judged[]> {
  return await Promise.all(
    items.map(async (item): Promise<Judged> => {
      if ('fault' in item) return item;
      const pixels = await decode(item, options);
      if (pixels instanceof InputError) return { ...item, candidates: refused(item, pixels, 'human') };
      const candidates = item.pairs.map((pair) => {
        const candidate = candidateOf(item, pair, pair.text, 'human');
        return { ...candidate, kept: candidate.fault === undefined };
      });
      return { ...item, pixels, candidates };
    }),
  );
}

/** A path as people write it, for messages: those of readers are whole. */
function fromHere(path: string): string {
  const short = relative('', path);
  return short.startsWith('..') ? path : short;
}

async function decode(
  { picture, pairs }: PictureTexts,
  { signal }: Pick<JudgeOptions, 'signal'>,
): Promise<Pixels | InputError> {
  try {
    if ('path' in picture) return await decodeImage(picture.path, { name: fromHere(picture.path), signal });
    return await decodeImage(picture.bytes, { name: pairs[0].id, signal });
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

/** A caption for each picture by its place: all in one run of the model, or where one picture spoils that, each alone. */
async function write(
  pictures: readonly { place: number; pixels: Pixels }[],
  options: JudgeOptions,
): Promise<Map<number, string | InputError>> {
  if (pictures.length === 0) return new Map();
  const { caption, writing, seed, signal } = options;
  try {
    const written = await caption(
      pictures.map(({ pixels }) => pixels),
      // Other pictures draw other numbers, and a run that goes on draws the same ones as a run that never stopped.
      { ...writing, seed: saltOf(`${seed} ${pictures[0].place}`), signal },
    );
    return new Map(pictures.map(({ place }, i) => [place, withoutPrompt(written[i].text, writing.prompt)]));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (pictures.length === 1) return new Map([[pictures[0].place, error]]);
    const each = new Map<number, string | InputError>();
    for (const one of pictures) for (const [place, text] of await write([one], options)) each.set(place, text);
    return each;
  }
}

/** The prompt is how a model was taught to begin, not part of what it says (so in the original code). */
const withoutPrompt = (text: string, prompt = ''): string =>
  (text.toLowerCase().startsWith(prompt.toLowerCase()) ? text.slice(prompt.length) : text).trim();

/** The texts of one picture with their scores: first those it came with, then the one written about it. */
async function verdicts(
  item: PictureTexts,
  pixels: Pixels,
  caption: string | InputError,
  { match, threshold, signal }: JudgeOptions,
): Promise<JudgedPicture> {
  const candidates = item.pairs.map((pair) => candidateOf(item, pair, pair.text));
  const written = candidateOf(item, item.pairs[0], caption instanceof InputError ? '' : caption, 'synthetic');
  candidates.push({ ...written, ...(caption instanceof InputError && { fault: reason(caption) }) });
  const texts = candidates.filter(({ fault }) => fault === undefined);
  try {
    const scores = texts.length
      ? await match(
          pixels,
          texts.map(({ text }) => text),
          { signal },
        )
      : [];
    for (const [i, candidate] of texts.entries()) {
      if (Number.isNaN(scores[i])) candidate.fault = 'the filter gives no number';
      else Object.assign(candidate, { score: scores[i], kept: scores[i] >= threshold });
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const candidate of texts) candidate.fault = reason(error);
  }
  return { ...item, pixels, candidates };
}

function candidateOf(
  { picture }: PictureTexts,
  { id, source: from }: { id: string; source: string },
  text: string,
  source: TextSource = 'web',
): Candidate {
  const candidate: Candidate = { id, source, from, text: text.trim(), kept: false };
  if ('path' in picture) candidate.picture = picture.path;
  if (!candidate.text) candidate.fault = 'the text is empty';
  return candidate;
}

const refused = (item: PictureTexts, error: InputError, source?: TextSource): Candidate[] =>
  item.pairs.map((pair) => ({ ...candidateOf(item, pair, pair.text, source), fault: reason(error) }));
