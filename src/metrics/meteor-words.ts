/** Words as METEOR 1.5 sees them: its own normalisation of text, and its list of function words. */

/** Letters and digits between which nothing is split: Latin with accents and Cyrillic; other scripts go by character. */
const letters = 'A-Za-zŠŽšžŸÀ-ÖØ-öø-žЀ-ӿԀ-ԧꙀ-ꙮ\uA67E-ꚗᴀ-ᵿ';
const anyLetter = new RegExp(`[${letters}]`, 'u');
const known = `0-9${letters}`;

/** Abbreviations that keep a final dot, of METEOR's list those that exist in lower case. */
const abbreviations = new Set(['v', 'vs', 'rev']);

const functionWords = new Set(
  (
    'the , . to of and a in that for " is on \'s it with was as said at he by be from have has are his but an this ' +
    'not i will ’ they ) -rrb- ( -lrb- who their had we which were been more or s its would about new one after you : ' +
    'also up when there than $ all out her people she year two - can if last first “ over other ” into some what so -- ' +
    "no time years could ? 't — '"
  ).split(' '),
);

export const isFunctionWord = (word: string): boolean => functionWords.has(word);

const rules: [RegExp, string][] = [
  // Everything but letters, digits, dots, commas, hyphens and quotes stands alone.
  [new RegExp(`([^${known}\\s.'\`,‘’-])`, 'gu'), ' $1 '],
  [/([^\p{Nd}]),([^\p{Nd}])/gu, '$1 , $2'],
  [/(\p{Nd}),([^\p{Nd}])/gu, '$1 , $2'],
  [/([^\p{Nd}]),(\p{Nd})/gu, '$1 , $2'],
  [/[`‘’]/g, "'"],
  [/[“”]|''/g, ' " '],
  [/–|--/g, '-'],
  // Hyphens inside words are dropped, so that "well-known" meets "well known".
  [new RegExp(`([${known}.])-([${known}])`, 'gu'), '$1 $2'],
  [new RegExp(`([^${letters}])'([^${letters}])`, 'gu'), "$1 ' $2"],
  [new RegExp(`([^${letters}0-9])'([${letters}])`, 'gu'), "$1 ' $2"],
  [new RegExp(`([${letters}])'([^${letters}])`, 'gu'), "$1 ' $2"],
  [new RegExp(`([${letters}])'([${letters}])`, 'gu'), "$1 '$2"],
  [/(\p{Nd})'(s)/gu, "$1 '$2"],
];

/** The words of a caption that is already tokenised and in lower case. */
export function meteorWords(tokens: readonly string[]): string[] {
  let text = ` ${tokens.join(' ')} `;
  for (const [pattern, replacement] of rules) text = text.replace(pattern, replacement);
  const words = text.split(/\s+/).filter((word) => word !== '');
  return words.flatMap((word, i) => withoutDot(word, words[i + 1])).map((word) => word.toLowerCase());
}

/** A final dot stands alone, but initials lose their dots (u.s. is us) and abbreviations keep theirs. */
function withoutDot(word: string, next: string | undefined): string[] {
  if (word.length < 2 || !word.endsWith('.')) return [word];
  const rest = word.slice(0, -1);
  if (rest.includes('.') && anyLetter.test(rest)) return [rest.replaceAll('.', '')];
  if (abbreviations.has(rest) || (next !== undefined && /^[a-z]/.test(next))) return [word];
  return [rest, '.'];
}
