/**
 * The words of a caption as the COCO evaluation sees them: Penn Treebank tokens in lower case without punctuation.
 * Against the Java tokeniser, 3 of 15,553 lines of English prose came out differently. Two differences are meant: it
 * looks beyond the end of a caption at the next one, while here a caption stands alone, and it keeps a mixed number or a
 * telephone number with spaces in one token ("2 1/2"), which the scores would split again.
 */
import { rules } from './ptb-rules.ts';

/** pycocoevalcap's list. Brackets are in it in capitals only and so stay, in lower case, as do runs such as "?!". */
const dropped = new Set(["''", "'", '``', '`', '.', '?', '!', ',', ':', '-', '--', '...', ';']);

/** Words that the tokeniser splits although only letters surround the place. */
const split = new Set(['cannot', 'gonna', 'gotta', 'wanna', 'lemme', 'gimme']);
const plainWord = /[A-Za-z]+(?=[ \t\n]|$)/y;

/**
 * Tokens of a caption, lower-cased, without punctuation: "A man's hat, it isn't red." gives
 * a, man, 's, hat, it, is, n't, red. Characters that the Java tokeniser cannot read, such as emoji, are dropped.
 */
export const ptbTokens = (text: string): string[] => ptbAllTokens(text).filter((token) => !dropped.has(token));

/** Tokens of a caption, lower-cased, punctuation included (all quotation marks as '' or '). */
export function ptbAllTokens(text: string): string[] {
  const tokens: string[] = [];
  let at = 0;
  while (at < text.length) {
    const found = tokenAt(text, at);
    if (found) tokens.push(found.token.replaceAll('\u00AD', '').toLowerCase());
    at += found ? found.length : 1;
  }
  return tokens.flatMap((token) => token.split(/\s+/)).filter((token) => token !== '');
}

/** The longest token that begins here, the first rule's of several; undefined at spaces and unreadable characters. */
function tokenAt(text: string, at: number): { token: string; length: number } | undefined {
  const word = matchAt(plainWord, text, at)?.[0];
  if (word && !split.has(word.toLowerCase())) return { token: word, length: word.length };
  let best: { token: string; length: number; reach: number } | undefined;
  for (const { pattern, write } of rules) {
    const match = matchAt(pattern, text, at);
    if (!match) continue;
    const reach = match[0].length + (match.groups?.next?.length ?? 0);
    if (match[0].length > 0 && (!best || reach > best.reach))
      best = { token: write ? write(match[0]) : match[0], length: match[0].length, reach };
  }
  return best;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
