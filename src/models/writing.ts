/** From a decoder to texts: what `caption` and `answer` of every family end with. */
import { generate, type TextDecoder } from '../generate/index.ts';
import { streamDecoder, type Tokenizer } from '../text/index.ts';
import type { Caption, CaptionOptions } from './model.ts';

export interface Writer {
  decoder: TextDecoder;
  tokenizer: Tokenizer;
  /** Ends a text. */
  eos: number;
  pad: number;
  /** The most tokens where nothing is asked for. */
  usualLength?: number;
}

/**
 * Writes on from one prompt for each of `rows` pictures, whose memory the decoder holds.
 * @param hidden tokens at the prompt's start that are not part of the text: a start token, or a question too
 */
export async function writeTexts(
  { decoder, tokenizer, eos, pad, usualLength }: Writer,
  { prompt, rows, hidden }: { prompt: readonly number[]; rows: number; hidden: number },
  { onText, ...options }: Omit<CaptionOptions, 'prompt'>,
): Promise<Caption[]> {
  const stream = onText && streamDecoder(tokenizer);
  const emit = (text: string) => text && onText?.(text);
  const { maxNewTokens = options.maxLength ? undefined : usualLength } = options;
  const { sequences, tokens, scores } = await generate(
    decoder,
    { ids: Array.from({ length: rows }, () => prompt) },
    { ...options, eos, pad, maxNewTokens, onToken: stream && ((_row, token) => emit(stream.push(token))) },
  );
  emit(stream?.flush() ?? '');
  return tokens.map((row, i) => ({
    text: tokenizer.decode([...sequences[i].slice(hidden, prompt.length), ...row]),
    score: scores[i],
    tokens: row.length,
  }));
}

/** The ids of words without anything around them. */
export const wordIds = (tokenizer: Tokenizer, text: string): number[] =>
  text.trim() ? tokenizer.encode(text, { specialTokens: false }).ids : [];
