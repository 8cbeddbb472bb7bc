import { expect, test } from 'vitest';
import { cleanCaption, cleanQuestion } from './cleaning.ts';

test.each([
  ['A "big" dog: (sleeping)!', 'a big dog sleeping'],
  ['  Two cats,  on a mat.\n', 'two cats, on a mat'],
  ["it's #1 ~ isn't it?", "it's 1 isn't it?"],
  ['a\tb', 'a\tb'],
  ['...', ''],
])('caption %j', (text, cleaned) => expect(cleanCaption(text)).toBe(cleaned));

test.each([
  ['Is it 5:30 P.M.?', 'is it 530 pm?'],
  ['  What (exactly)  is it?  ', '  what exactly  is it?'],
])('question %j', (text, cleaned) => expect(cleanQuestion(text)).toBe(cleaned));

test('long texts are cut at a word', () => {
  const long = Array.from({ length: 60 }, (_, i) => `w${i}`).join(' ');
  expect(cleanCaption(long).split(' ')).toHaveLength(50);
  expect(cleanCaption(long, { words: 30 })).toMatch(/ w29$/);
  expect(cleanQuestion(long, { words: 2 })).toBe('w0 w1');
  expect(() => cleanCaption('a', { words: 0 })).toThrow('words: 0');
});
