/** From a decoder to texts: what `caption`, `answer` and `complete` of every family end with. */
import { InputError, UsageError } from '../core/index.ts';
import { generate, type TextDecoder } from '../generate/index.ts';
import { streamDecoder, type Tokenizer } from '../text/index.ts';
import type { Caption, WriteOptions } from './model.ts';

export interface Writer {
  decoder: TextDecoder;
  tokenizer: Tokenizer;
  /** Ends a text. */
  eos: number;
  pad: number;
  /** The most tokens where nothing is asked for (20), as far as there are positions. */
  usualLength?: number;
  /** Rows of the position table: prompt and text together are no longer. */
  positions?: number;
}

export interface TextStarts {
  /** What each text starts with, one after another as the decoder holds pictures; of any lengths. */
  prompts: readonly (readonly number[])[];
  /** Tokens at the start of every prompt that are not part of the text: a start token, or a question too. */
  hidden: number;
}

/** Refuses a stream of several texts, before pictures are decoded for it. */
export function checkStream(texts: number, { onText, beams = 1, sequences = 1 }: WriteOptions): void {
  if (onText && Math.max(texts, beams, sequences) > 1)
    throw new UsageError('onText streams one text: give one picture or text, and neither beams nor sequences');
}

/** Writes on from each prompt. A stream gives the words that a prompt shows, too: its pieces joined are the text. */
export async function writeTexts(
  { decoder, tokenizer, eos, pad, usualLength = 20, positions = Number.POSITIVE_INFINITY }: Writer,
  { prompts, hidden }: TextStarts,
  { onText, onWritten, ...options }: WriteOptions,
): Promise<Caption[]> {
  const longest = Math.max(...prompts.map((prompt) => prompt.length));
  checkPositions(longest, positions, options);
  const stream = onText && streamDecoder(tokenizer);
  const emit = (text: string) => text && onText?.(text);
  const push = stream && ((token: number) => emit(stream.push(token)));
  for (const token of prompts[0].slice(hidden)) push?.(token);

  const { maxNewTokens = options.maxLength ? undefined : Math.min(usualLength, positions - longest) } = options;
  const start = performance.now();
  const { tokens, scores } = await generate(
    decoder,
    { ids: prompts },
    { ...options, eos, pad, maxNewTokens, onToken: push && ((_row, token) => push(token)) },
  );
  onWritten?.({ tokens: tokens.flat().length, seconds: (performance.now() - start) / 1000 });
  emit(stream?.flush() ?? '');
  const each = tokens.length / prompts.length;
  return tokens.map((row, i) => ({
    text: tokenizer.decode([...prompts[Math.floor(i / each)].slice(hidden), ...row]),
    score: scores[i],
    tokens: row.length,
  }));
}

/** Refuses what would read past the position table, where there is nothing to read. */
function checkPositions(prompt: number, positions: number, { maxNewTokens, maxLength }: WriteOptions): void {
  const room = positions - prompt;
  if (room < 1)
    throw new InputError(`the text starts with ${prompt} tokens and this model reads ${positions}; make it shorter`);
  const asked = maxNewTokens ?? (maxLength ?? 0) - prompt;
  if (asked > room)
    throw new UsageError(
      `${asked} new tokens after ${prompt} pass the ${positions} positions of this model; ask for at most ${room}`,
    );
}

/** The ids of words without anything around them. */
export const wordIds = (tokenizer: Tokenizer, text: string): number[] =>
  text.trim() ? tokenizer.encode(text, { specialTokens: false }).ids : [];
