/**
 * The cleaning of captions and questions with which BLIP's authors trained and measured, and ALBEF's before them. Numbers
 * of theirs are met only by texts that went through it.
 */
import { UsageError } from '../core/errors.ts';

export interface CleaningOptions {
  /** More words are cut off. The authors keep 30 of a caption while pre-training and 50 of anything later. */
  words?: number;
}

const marks = /[.!"()*#:;~]/g;

/** A caption in lower case, some of its marks replaced by spaces: 'A "big" dog: (sleeping)!' → 'a big dog sleeping'. */
export function cleanCaption(caption: string, { words = 50 }: CleaningOptions = {}): string {
  const text = caption
    .replace(marks, ' ')
    .toLowerCase()
    .replace(/\s{2,}/g, ' ');
  return firstWords(text.replace(/\n+$/, '').replace(/^ +| +$/g, ''), words);
}

/** A question in lower case, the same marks left out, not replaced: 'Is it 5:30 P.M.?' → 'is it 530 pm?'. */
export function cleanQuestion(question: string, { words = 50 }: CleaningOptions = {}): string {
  return firstWords(question.replace(marks, '').toLowerCase().replace(/ +$/, ''), words);
}

function firstWords(text: string, words: number): string {
  if (!(words >= 1)) throw new UsageError(`words: ${words} leaves nothing of a text; give 1 or more`);
  return text.split(' ').slice(0, words).join(' ');
}
