/**
 * Which places of a picture the words of a text belong to: the plan of the transport between both, which the objective of
 * word-region alignment trains (UNITER, ViLT), read as shares of each word. m tokens of the text, n of the picture.
 */
import { type NDArray, UsageError } from '../../core/index.ts';
import type { ImageSource } from '../../image/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import type { TaskOptions, WordAlignment } from '../model.ts';
import type { OpenedJoint } from './opened.ts';
import type { AlignmentSource } from './source.ts';

export const aligns =
  (opened: OpenedJoint, { firstPlace, places }: AlignmentSource) =>
  async (image: ImageSource, text: string, { signal }: TaskOptions = {}): Promise<WordAlignment> => {
    if (!text.trim()) throw new UsageError('align: the text is empty');
    const [seen, read, tokenizer] = await Promise.all([
      opened.see([image], signal),
      opened.read([text]),
      opened.tokenizer(),
    ]);
    const plan = await opened.transport({ ...seen, ...read }, signal);
    const words = wordsOf(Array.from(read.ids.data, Number), tokenizer);
    return {
      words: words.map(({ word }) => word),
      places: places(seen),
      shares: words.map(({ tokens }) => sharesOf(plan, tokens, firstPlace)),
    };
  };

interface Word {
  word: string;
  /** Which tokens of the text it is made of. */
  tokens: number[];
}

/** Words of a text that WordPiece cut up, without the tokens at its ends. */
function wordsOf(ids: readonly number[], { special, token }: Tokenizer): Word[] {
  const ends = new Set([special.cls, special.sep, special.pad]);
  const words: Word[] = [];
  for (const [at, id] of ids.entries()) {
    if (ends.has(id)) continue;
    const piece = token(id) ?? '';
    const last = words.at(-1);
    if (piece.startsWith('##') && last) {
      last.word += piece.slice(2);
      last.tokens.push(at);
    } else words.push({ word: piece, tokens: [at] });
  }
  return words;
}

/** Rows of the plan [1, m, n] added up and scaled to the sum 1, from the first column that stands for a place. */
function sharesOf(
  { shape: [, , columns], data }: NDArray,
  tokens: readonly number[],
  firstPlace: number,
): Float32Array {
  const shares = new Float32Array(columns - firstPlace);
  for (const token of tokens)
    for (let i = 0; i < shares.length; i++) shares[i] += Number(data[token * columns + firstPlace + i]);
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / sum);
}
