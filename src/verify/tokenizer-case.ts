/** The tokenizer goldens: every text of `golden.json` against what the Rust library gave, for each form of the vocabulary. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Tokenizer, tokenizerFromFiles } from '../text/index.ts';
import { type Check, sameJson } from './comparison.ts';
import { readJson } from './reference-case.ts';

interface StoredText {
  text: string;
  pair?: string;
  ids: number[];
  tokens: string[];
  type_ids?: number[];
  ids_without_special: number[];
  decoded: string;
  decoded_with_special: string;
}

/** The forms in which a repository may hold one vocabulary. */
const forms = [['tokenizer.json'], ['vocab.txt'], ['vocab.json', 'merges.txt']];

/** Runs the case in `folder`. `files` are the names of what lies in it. */
export function verifyTokenizer(folder: string, files: readonly string[]): Check[] {
  const { cases, pairs = [] } = readJson<{ cases: StoredText[]; pairs?: StoredText[] }>(join(folder, 'golden.json'));
  return forms
    .filter((form) => form.every((name) => files.includes(name)))
    .flatMap((form) => {
      const texts = form.map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
      const tokenizer = tokenizerFromFiles(Object.fromEntries(texts));
      return [...cases, ...pairs].map((stored, i) => verifyText(`${form[0]} ${i}`, tokenizer, stored));
    });
}

function verifyText(name: string, tokenizer: Tokenizer, { text, pair, ...stored }: StoredText): Check {
  const row = tokenizer.encode(text, { pair });
  const ours = {
    ids: row.ids,
    // Rust reports an unknown piece by the text it covered, which ids alone do not hold.
    tokens: row.ids.map((id, i) => (id === tokenizer.special.unk ? stored.tokens[i] : tokenizer.token(id))),
    ...(stored.type_ids && { type_ids: row.typeIds }),
    ids_without_special: tokenizer.encode(text, { pair, specialTokens: false }).ids,
    decoded: tokenizer.decode(stored.ids),
    decoded_with_special: tokenizer.decode(stored.ids, { skipSpecial: false }),
  };
  const parts = Object.keys(ours) as (keyof typeof ours)[];
  const wrong = parts.map((part) => sameJson(part, ours[part], stored[part])).find(({ pass }) => !pass);
  return wrong
    ? { name, pass: false, note: `${JSON.stringify(text)}: ${wrong.name} ${wrong.note}` }
    : { name, pass: true };
}
