import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { streamDecoder, type Tokenizer, tokenizerFromFiles } from './index.ts';

const goldens = join(import.meta.dirname, '../../test/goldens/tokenizers');
const read = (kind: string, name: string) => readFileSync(join(goldens, kind, name), 'utf8');
const load = (kind: string) => tokenizerFromFiles({ 'tokenizer.json': read(kind, 'tokenizer.json') });

function stream(tokenizer: Tokenizer, ids: readonly number[]): string[] {
  const decoder = streamDecoder(tokenizer);
  return [...ids.map((id) => decoder.push(id)), decoder.flush()];
}

test.each(['wordpiece', 'bpe-gpt2', 'bpe-clip', 'unigram'])(
  '%s: the pieces of a stream join to the decoded text',
  (kind) => {
    const tokenizer = load(kind);
    const { cases } = JSON.parse(read(kind, 'golden.json')) as {
      cases: { text: string; ids: number[]; decoded: string }[];
    };
    for (const { text, ids, decoded } of cases) {
      const pieces = stream(tokenizer, ids);
      expect(pieces.join(''), text).toBe(decoded);
      if (!decoded.includes('\uFFFD')) expect(pieces.join('|'), text).not.toContain('\uFFFD');
    }
  },
);

test('a word is given out when the next one begins, never in halves', () => {
  const tokenizer = load('wordpiece');
  const { ids } = tokenizer.encode('two elephants, a dog');
  const pieces = stream(tokenizer, ids).filter((piece) => piece !== '');
  expect(pieces).toEqual(['two', ' elephants,', ' a', ' dog']);
});

test('scripts without spaces flow character by character, whole ones only', () => {
  const tokenizer = load('bpe-gpt2');
  const { ids } = tokenizer.encode('東京😀');
  expect(ids.length).toBe(10);
  expect(stream(tokenizer, ids)).toEqual(['', '', '東', '', '', '京', '', '', '', '', '😀']);
});
