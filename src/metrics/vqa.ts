/**
 * The VQA accuracy and answer normalisation of the official evaluation code (Antol et al., 2015; VQA v2 uses the same).
 * Its oddities are kept, because published numbers contain them.
 */
import { mean, type Scores } from './corpus.ts';

const numbers: Record<string, string> = {
  none: '0',
  zero: '0',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
  ten: '10',
};
const articles = new Set(['a', 'an', 'the']);

/** Each is recognised with any one of its apostrophes missing: "dont", "couldn'tve", "couldnt've". */
const contracted =
  "ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've " +
  "he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've " +
  "o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's " +
  "someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd there'd've " +
  "there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's " +
  "what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've " +
  "wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've";

const contractions = new Map<string, string>([
  ...contracted
    .split(' ')
    .flatMap((word) =>
      [...word.matchAll(/'/g)].map(({ index }): [string, string] => [
        word.slice(0, index) + word.slice(index + 1),
        word,
      ]),
    ),
  // The official table has this one the wrong way round.
  ["somebody'd", 'somebodyd'],
]);

const marks = [...';/[]"{}()=+\\_-><@`,?!'];
const commaInNumber = /\p{Nd},\p{Nd}/u;

/** An answer as answers are compared: no articles or punctuation, digits for small numbers, apostrophes in place. */
export function normalizeAnswer(answer: string): string {
  return normalizeWords(dropPunctuation(oneLine(answer)));
}

const oneLine = (answer: string): string => answer.replace(/[\n\t]/g, ' ').trim();

/**
 * Punctuation beside a space vanishes and inside a word becomes a space; all of it vanishes if a number with a comma is
 * anywhere in the answer. Of dots only those before a digit stay, and beyond the 32nd all, since the official code
 * passes a flag where the count of replacements belongs.
 */
function dropPunctuation(answer: string): string {
  const numeric = commaInNumber.test(answer);
  let text = answer;
  for (const mark of marks) {
    const apart = numeric || answer.includes(`${mark} `) || answer.includes(` ${mark}`);
    text = text.replaceAll(mark, apart ? '' : ' ');
  }
  let dots = 0;
  return text.replace(/\.(?!\p{Nd})/gu, (dot) => (dots++ < 32 ? '' : dot));
}

function normalizeWords(answer: string): string {
  const words = answer.toLowerCase().split(/\s+/);
  return words
    .map((word) => (Object.hasOwn(numbers, word) ? numbers[word] : word))
    .filter((word) => word !== '' && !articles.has(word))
    .map((word) => contractions.get(word) ?? word)
    .join(' ');
}

/**
 * Accuracy of each answer against those of (usually ten) people: min(1, matches / 3), averaged over leaving out each
 * person in turn. Between 0 and 1. When all people gave the very same answer, nothing is normalised.
 * Throws RangeError when the two lists differ in length or an answer has no reference.
 */
export function vqaAccuracy(answers: readonly string[], references: readonly (readonly string[])[]): Scores {
  if (answers.length !== references.length)
    throw new RangeError(`${answers.length} answers but ${references.length} lists of references; give one each`);
  if (answers.length === 0) throw new RangeError('no answers; a score needs at least one');
  const each = answers.map((answer, i) => accuracyOf(answer, references[i]));
  return { score: mean(each), each };
}

function accuracyOf(answer: string, references: readonly string[]): number {
  if (references.length === 0) throw new RangeError(`answer "${answer}" has no reference; give at least one`);
  const given = references.map(oneLine);
  const normalize = new Set(given).size > 1 ? normalizeAnswer : oneLine;
  const mine = normalize(answer);
  const matches = given.map((other) => normalize(other) === mine);
  const total = matches.filter(Boolean).length;
  return mean(matches.map((match) => Math.min(1, (total - Number(match)) / 3)));
}

/** The mean score of each group, such as the type of a question or of its answer: `groups[i]` belongs to `each[i]`. */
export function meanByGroup(each: readonly number[], groups: readonly string[]): Record<string, number> {
  if (each.length !== groups.length)
    throw new RangeError(`${each.length} scores but ${groups.length} groups; give one group for each score`);
  const sorted = new Map<string, number[]>();
  for (const [i, group] of groups.entries()) sorted.set(group, [...(sorted.get(group) ?? []), each[i]]);
  return Object.fromEntries([...sorted].map(([group, values]) => [group, mean(values)]));
}
