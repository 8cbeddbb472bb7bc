/** Text as it grows, one token at a time, for captions that are shown while they are written. */
import type { DecodeOptions, Tokenizer } from './tokenizer.ts';

export interface StreamDecoder {
  /** Takes the next token and returns the text that is certain by now: whole words only, often nothing. */
  push(id: number): string;
  /** Returns what is left at the end of the sequence. All returned texts joined equal `decode` of all ids. */
  flush(): string;
}

// Scripts written without spaces: here every character ends a word.
const spaceless = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\u3000-\u303f\uff00-\uff65]/u;

/**
 * A decoder that never gives out half a multi-byte character or half a word. The last word is held back until the next
 * one begins, because its next piece may still join it and punctuation may still close up to it.
 */
export function streamDecoder(tokenizer: Tokenizer, options: DecodeOptions = {}): StreamDecoder {
  const ids: number[] = [];
  let given = 0;
  const upTo = (text: string, end: number) => {
    const delta = text.slice(given, end);
    given = Math.max(given, end);
    return delta;
  };
  return {
    push(id) {
      ids.push(id);
      const text = tokenizer.decode(ids, options);
      return upTo(text, certain(text));
    },
    flush() {
      const text = tokenizer.decode(ids, options);
      return upTo(text, text.length);
    },
  };
}

/** How much of a text later tokens cannot change: up to the space before its last word, or to the last whole character
 * of a script without spaces. */
function certain(text: string): number {
  const characters = [...text];
  let end = text.length;
  for (let i = characters.length - 1; i >= 0; i--) {
    if (spaceless.test(characters[i])) return end;
    end -= characters[i].length;
    if (/\s/.test(characters[i])) return end;
  }
  return 0;
}
