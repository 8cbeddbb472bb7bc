/** The grammar of captions: articles, plurals, counts and lists of English noun phrases. */

const irregular: Record<string, string> = {
  leaf: 'leaves',
  knife: 'knives',
  loaf: 'loaves',
  wolf: 'wolves',
  calf: 'calves',
  elf: 'elves',
  scarf: 'scarves',
  mouse: 'mice',
  goose: 'geese',
  tooth: 'teeth',
  foot: 'feet',
  ox: 'oxen',
  die: 'dice',
  person: 'people',
  man: 'men',
  woman: 'women',
  child: 'children',
  snowman: 'snowmen',
  cactus: 'cacti',
  sheep: 'sheep',
  deer: 'deer',
  moose: 'moose',
  bison: 'bison',
  fish: 'fish',
  pufferfish: 'pufferfish',
  jellyfish: 'jellyfish',
  shrimp: 'shrimp',
  squid: 'squid',
  'racing car': 'racing cars',
  hibiscus: 'hibiscuses',
};

const endingInO = new Set(['tomato', 'potato', 'mango', 'mosquito', 'volcano', 'tornado', 'buffalo', 'hero']);

/** The plural of one noun: leaf → leaves, box → boxes, cherry → cherries. */
export function pluralNoun(noun: string): string {
  if (irregular[noun]) return irregular[noun];
  if (/(s|x|z|ch|sh)$/.test(noun)) return `${noun}es`;
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  if (endingInO.has(noun)) return `${noun}es`;
  return `${noun}s`;
}

const joints = /^(of|with|without|in|on|at|by|behind|over|and|taking|landing|for)$/;

/** The words of a phrase without its article, and the place of the noun that the rest hangs on. */
function anatomy(phrase: string): { words: string[]; head: number } {
  const words = phrase.replace(/^(a|an|the|some) /, '').split(' ');
  const joint = words.findIndex((word, i) => i > 0 && joints.test(word));
  return { words, head: (joint < 0 ? words.length : joint) - 1 };
}

/** The noun that a phrase is about: "a bowl of rice" → bowl, "a dog's face" → face. */
export function headNoun(phrase: string): string {
  const { words, head } = anatomy(phrase);
  return words[head];
}

/** "a slice of pizza" → "slices of pizza"; "a dog's face" → "dog faces". */
export function plural(phrase: string): string {
  const { words, head } = anatomy(phrase);
  words[head] = pluralNoun(words[head]);
  return words.join(' ').replace(/'s /, ' ');
}

/** Whether copies of the thing can be counted: "an apple" can, "some sushi" and "a fork and a knife" cannot. */
export function countable(phrase: string): boolean {
  return /^(a|an) /.test(phrase) && !/ and /.test(phrase);
}

/** "an" before a vowel sound. Letters lie in a few words only, and those are listed. */
export function article(words: string): 'a' | 'an' {
  if (/^(hour|heir|honest|x-ray|mri|suv)/i.test(words)) return 'an';
  if (/^(uni|use|euro|ewe|one|ukulele|ufo|u-)/i.test(words)) return 'a';
  return /^[aeiou]/i.test(words) ? 'an' : 'a';
}

/** "fire engine" → "a fire engine". */
export const withArticle = (words: string): string => `${article(words)} ${words}`;

const numbers = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

export const numberWord = (count: number): string => numbers[count] ?? String(count);

/** One thing as it is, several counted: "an apple", "three apples". */
export function counted(phrase: string, count: number): string {
  return count === 1 ? phrase : `${numberWord(count)} ${plural(phrase)}`;
}

/** Puts a colour into a phrase: "an umbrella" → "a red umbrella". */
export function coloured(phrase: string, colour: string): string {
  return withArticle(`${colour} ${phrase.replace(/^(a|an|the|some) /, '')}`);
}

/** "a dog", "a dog and a cat", "a dog, a cat and a car". */
export function list(phrases: readonly string[]): string {
  if (phrases.length < 2) return phrases[0] ?? '';
  return `${phrases.slice(0, -1).join(', ')} and ${phrases.at(-1)}`;
}

/** A CLDR name as a noun phrase: "dog face" → "a dog's face", "man: beard" → "a man with beard". */
export function nounPhrase(name: string): string {
  const words = name
    .replace(/’/g, "'")
    .replace(/: facing right$/, '')
    .replace(/: /, ' with ')
    .toLowerCase();
  const face = /^(dog|cat|tiger|horse|cow|pig|mouse|rabbit|monkey|dragon) face$/.exec(words);
  if (face) return `a ${face[1]}'s face`;
  if (words === 'pig nose') return "a pig's nose";
  return withArticle(words);
}
