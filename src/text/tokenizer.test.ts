import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type TokenizerFiles, tokenizerFromFiles } from './tokenizer.ts';

const goldens = join(import.meta.dirname, '../../test/goldens/tokenizers');

/** Files of a golden directory; without `tokenizer.json` for the vocabulary-only form. */
function filesOf(kind: string, only?: string[]): TokenizerFiles {
  const names = readdirSync(join(goldens, kind)).filter((name) => only?.includes(name) ?? true);
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(goldens, kind, name), 'utf8')]));
}

interface Case {
  text: string;
  pair?: string;
  ids: number[];
  tokens: string[];
  type_ids?: number[];
  ids_without_special: number[];
  decoded: string;
  decoded_with_special: string;
}

test.each([
  ['wordpiece', ['tokenizer.json']],
  ['wordpiece', ['vocab.txt']],
  ['bpe-gpt2', ['tokenizer.json']],
  ['bpe-gpt2', ['vocab.json', 'merges.txt']],
  ['bpe-clip', ['tokenizer.json']],
  ['bpe-clip', ['vocab.json', 'merges.txt']],
  ['unigram', ['tokenizer.json']],
])('%s from %j agrees with the Rust tokenizers on every golden text', (kind, names) => {
  const tokenizer = tokenizerFromFiles(filesOf(kind, names));
  const golden = JSON.parse(readFileSync(join(goldens, kind, 'golden.json'), 'utf8')) as {
    cases: Case[];
    pairs: Case[];
  };
  const unknown = tokenizer.special.unk;
  for (const { text, pair, ...expected } of [...golden.cases, ...golden.pairs]) {
    const row = tokenizer.encode(text, { pair });
    const given = {
      ids: row.ids,
      // Rust reports an unknown piece by the text it covered, which ids alone do not hold.
      tokens: row.ids.map((id, i) => (id === unknown ? expected.tokens[i] : tokenizer.token(id))),
      ...(pair === undefined ? {} : { type_ids: row.typeIds }),
      ids_without_special: tokenizer.encode(text, { pair, specialTokens: false }).ids,
      decoded: tokenizer.decode(expected.ids),
      decoded_with_special: tokenizer.decode(expected.ids, { skipSpecial: false }),
    };
    expect({ text, ...given }).toEqual({ text, ...expected });
  }
});
