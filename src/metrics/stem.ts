/** The English ("Porter 2") stemmer of Snowball, with which METEOR matches words that differ in ending only. */

const whole = new Map(
  Object.entries({
    skis: 'ski',
    skies: 'sky',
    dying: 'die',
    lying: 'lie',
    tying: 'tie',
    idly: 'idl',
    gently: 'gentl',
    ugly: 'ugli',
    early: 'earli',
    only: 'onli',
    singly: 'singl',
  }),
);
const unchanged = new Set(['sky', 'news', 'howe', 'atlas', 'cosmos', 'bias', 'andes']);
const unchangedAfterPlural = /^(?:inning|outing|canning|herring|earring|proceed|exceed|succeed)$/;

/** Endings of step 2 and what replaces them, where they lie in the region after the first syllable. */
const longEndings: [string, string][] = [
  ['ization', 'ize'],
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['tional', 'tion'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['entli', 'ent'],
  ['ation', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ousli', 'ous'],
  ['iviti', 'ive'],
  ['fulli', 'ful'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['abli', 'able'],
  ['izer', 'ize'],
  ['ator', 'ate'],
  ['alli', 'al'],
  ['bli', 'ble'],
  ['ogi', 'og'],
  ['li', ''],
];

const adjectiveEndings: [string, string][] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ative', ''],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
];

const lastEndings = 'ement ance ence able ible ment ant ent ism ate iti ous ive ize ion al er ic'.split(' ');

/** The stem of a lower-case word; words of one or two letters are their own stems. */
export function stem(text: string): string {
  const irregular = whole.get(text);
  if (irregular) return irregular;
  if (unchanged.has(text) || text.length < 3) return text;
  let word = markConsonants(text.replace(/^'/, ''));
  const [first, second] = regions(word);
  word = plural(word);
  if (unchangedAfterPlural.test(word)) return word;
  word = pastOrProgressive(word, first);
  word = word.replace(/(?<=.[^aeiouyY])[yY]$|(?<=.[Y])[yY]$/, 'i');
  word = replaceLong(word, first);
  word = replaceAdjective(word, first, second);
  word = dropLast(word, second);
  return dropFinal(word, first, second).replaceAll('Y', 'y');
}

/** A y that acts as a consonant, at the start or after a vowel, is written Y meanwhile. */
function markConsonants(text: string): string {
  let word = '';
  for (const letter of text) word += letter === 'y' && (word === '' || /[aeiouy]$/.test(word)) ? 'Y' : letter;
  return word;
}

/** Where the two regions begin: after the first consonant that follows a vowel, and the same again from there. */
function regions(word: string): [number, number] {
  const after = (start: number) => {
    const match = /[aeiouy][^aeiouy]/.exec(word.slice(start));
    return match ? start + match.index + 2 : word.length;
  };
  const prefix = /^(?:gener|commun|arsen)/.exec(word);
  const first = prefix ? prefix[0].length : after(0);
  return [first, after(first)];
}

function plural(text: string): string {
  const word = text.replace(/'s'$|'s$|'$/, '');
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (/ie[ds]$/.test(word)) return word.length > 4 ? word.slice(0, -2) : word.slice(0, -1);
  if (/(?:us|ss)$/.test(word) || !word.endsWith('s')) return word;
  // The vowel may not be the letter right before the s: gas, this.
  return /[aeiouy].+s$/.test(word) ? word.slice(0, -1) : word;
}

function pastOrProgressive(word: string, first: number): string {
  const eed = /eed(?:ly)?$/.exec(word);
  if (eed) return eed.index >= first ? `${word.slice(0, eed.index)}ee` : word;
  const ending = /(?:ed|ing)(?:ly)?$/.exec(word);
  if (!ending) return word;
  const rest = word.slice(0, ending.index);
  if (!/[aeiouy]/.test(rest)) return word;
  if (/(?:at|bl|iz)$/.test(rest)) return `${rest}e`;
  if (/(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(rest)) return rest.slice(0, -1);
  return isShort(rest, first) ? `${rest}e` : rest;
}

/** A word that ends in a short syllable and has nothing after its first one. */
const isShort = (word: string, first: number): boolean => first >= word.length && endsShort(word);

const endsShort = (word: string): boolean => /[^aeiouy][aeiouy][^aeiouywxY]$|^[aeiouy][^aeiouy]$/.test(word);

function replaceLong(word: string, first: number): string {
  const found = longEndings.find(([ending]) => word.endsWith(ending));
  if (!found) return word;
  const [ending, replacement] = found;
  const at = word.length - ending.length;
  if (at < first) return word;
  const rest = word.slice(0, at);
  if (ending === 'ogi' && !rest.endsWith('l')) return word;
  if (ending === 'li' && !/[cdeghkmnrt]$/.test(rest)) return word;
  return rest + replacement;
}

function replaceAdjective(word: string, first: number, second: number): string {
  const found = adjectiveEndings.find(([ending]) => word.endsWith(ending));
  if (!found) return word;
  const [ending, replacement] = found;
  const at = word.length - ending.length;
  if (at < (ending === 'ative' ? second : first)) return word;
  return word.slice(0, at) + replacement;
}

function dropLast(word: string, second: number): string {
  const ending = lastEndings.find((candidate) => word.endsWith(candidate));
  if (!ending) return word;
  const at = word.length - ending.length;
  if (at < second || (ending === 'ion' && !/[st]$/.test(word.slice(0, at)))) return word;
  return word.slice(0, at);
}

function dropFinal(word: string, first: number, second: number): string {
  const at = word.length - 1;
  if (word.endsWith('e'))
    return at >= second || (at >= first && !endsShort(word.slice(0, at))) ? word.slice(0, at) : word;
  return word.endsWith('ll') && at >= second ? word.slice(0, at) : word;
}
