/**
 * What is a token in Penn Treebank tokenisation of English, as a table of patterns. Written from the Treebank's
 * conventions and checked against the output of Stanford's PTBTokenizer 3.4.1, the one the COCO evaluation runs; the
 * abbreviations are all of up to four letters, and those longer ones we know of, to which it leaves their dot.
 */

// Classes of characters. Only the basic plane has tokens: characters beyond it (most emoji) are dropped.
const letter =
  '[\\p{L}\\u00AD\\u0300-\\u036F\\u0483-\\u0487\\u0591-\\u05C7\\u064B-\\u065E\\u0670\\u0900-\\u0A4D\\u0E31-\\u0E4E]';
const digit = '\\p{Nd}';
const alnum = `(?:${letter}|${digit})`;
const apostrophe = "['\\u0092\\u2019]";
const tick = "['`\\u0091\\u0092\\u2018\\u2019\\u201B]";
const hyphen = '[-_\\u058A\\u2010\\u2011]';

const word = `${letter}${alnum}*(?:[.!?]${letter}${alnum}*)*`;
const elided = `(?:[dDoOlL]${tick}${alnum})?${alnum}+`;
const number = `[-+]?(?:${digit}*(?:[.:,\\u00AD]${digit}+)+|${digit}+)`;
const clitic = `${apostrophe}(?:[msdMSD]|re|ve|ll|RE|VE|LL|Re|Ve|Ll)`;
const negation = `[nN]${apostrophe}[tT]`;
const initials = '[A-Za-z](?:\\.[A-Za-z])*';
/** Words that begin a sentence after an initial and so take its dot away: "vitamin C. The". */
const starters =
  'A About According Additionally After An As At But Earlier He Her Here However If In It Last Many More Mr. Ms. Now ' +
  'Once One Other Our She Since So Some Such That The Their Then There These They This We What When While Yet You';

/** Abbreviations that keep their dot in lower case, as a title and in capitals. */
const abbreviations =
  'al cf co ct dr ft ga jr ky lt md mo mr ms mt ph rd rt sq sr st va vs vt wm adj adm adv ala apr aug ave bhd cie ' +
  'col cos cpl dak dec det drs ens esq est etc ext feb fla fri gen gov hon inc ind jan jos jul jun kan ltd maj mar ' +
  'mme mon mrs neb nev nov oct pfc plc pvt rep rev sen sep seq sfc sgt spc ste sys tel thu tue wed wis wyo alex ' +
  'ariz assn asst atty bldg blvd brig bros capt cmdr colo conn corp dept elec govs insp intl invt kans mich minn ' +
  'mlle mont msgr natl okla penn pres prof reps sens sept supt tenn tues univ wisc assoc attys bancorp calif comdr ' +
  'lieut messrs mtg mfg ppte ppty pte ptes pty ptys supts thurs treas';
/** Those that would be words in lower case. */
const titledAbbreviations = 'az la pa ark del ill ore tex mass miss wash';
/** Those that keep their dot before a number only. */
const numberedAbbreviations = 'ca no op pp art fig nos figs prop';

const straight = (text: string) => text.replace(/[\u0092\u2019]/, "'");
const oneOf = (words: string) => `(?:${words.split(' ').map(inAnyCase).join('|')})`;
const inAnyCase = (text: string) => `${text}|${text[0].toUpperCase()}${text.slice(1)}|${text.toUpperCase()}`;
const cased = (text: string) => text.replace(/[a-z]/g, (c) => `[${c}${c.toUpperCase()}]`);
const titled = titledAbbreviations
  .split(' ')
  .map((text) => `${text[0].toUpperCase()}${text.slice(1)}|${text.toUpperCase()}`)
  .join('|');
const dotted = `(?:(?:[eE]d|[pP][hH])\\.[dD]|${oneOf(abbreviations)}|${titled})\\.`;

/** Words with an apostrophe inside or at an end that is part of them: o'clock, rock 'n' roll, ma'am, 'em, the '90s. */
const withApostrophe = [
  `${apostrophe}n(?:${apostrophe}|(?![A-Za-z]))`,
  `[lLdDjJ]${apostrophe}`,
  `(?:Dunkin|somethin|ol)${apostrophe}`,
  `${apostrophe}(?:em|cause|till?|[2-9]0s)`,
  `[A-HJ-XZn]${tick}${letter}{2,}`,
  `${letter}+[aeiouyAEIOUY]${tick}[aeiouA-Z]${letter}*`,
  `cont${apostrophe}d\\.?|nor${apostrophe}easter|c${apostrophe}mon|e${apostrophe}er|s${apostrophe}mores`,
  `ev${apostrophe}ry|li${apostrophe}l|nat${apostrophe}l|[oO]${tick}o|[cC]${apostrophe}est|[cC]ap${apostrophe}n`,
];

const fileEndings = 'bmp|c|cpp|docx?|exe|gif|gz|h|html?|java|jpe?g|mov|mp3|pdf|php|png|pptx?|py|tar|txt|wav|x|xml|zip';
const name = '[A-Za-z][A-Za-z0-9_:.-]*';
/** A character that an address may hold, and one that ends no address because it ends a phrase. */
const web = '[^\\s"<>|(){}]';
const phraseEnd = '[.!?,-]';
const label = `(?:(?![-.!?,$_:/[\\]'\`])${web})+`;
const site = `(?:www\\.(?:(?![.!?,])${web}|\\.(?!\\s))+\\.[a-zA-Z]{2,4}|(?:${label}\\.)+(?:com|net|org|edu))(?![A-Za-z0-9])`;
const mailbox = `[a-zA-Z0-9]${web}*@${web}*(?![.,;:[\\]])${web}`;

export interface Rule {
  pattern: RegExp;
  /** What the token is written as; by default the matched text. */
  write?: (text: string) => string;
}

const rule = (source: string, write?: Rule['write']): Rule => ({ pattern: new RegExp(source, 'uy'), write });
/** A token only where `next` follows it; what follows counts towards the length of the match. */
const before = (source: string, next: string, write?: Rule['write']): Rule =>
  rule(`(?:${source})(?=(?<next>${next}))`, write);

const fractions: Record<string, string> = { '¼': '1/4', '½': '1/2', '¾': '3/4', '⅓': '1/3', '⅔': '2/3' };
const currencies: Record<string, string> = { '¢': 'cents', '£': '#', '¤': '$', '\u0080': '$', '₠': '$', '€': '$' };
const brackets: Record<string, string> = {
  '(': '-lrb-',
  ')': '-rrb-',
  '[': '-lsb-',
  ']': '-rsb-',
  '{': '-lcb-',
  '}': '-rcb-',
};
const entities: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': "''",
  '&apos;': "'",
  '&mdash;': '--',
  '&ndash;': '--',
};
const inBrackets = (text: string) => text.replace(/[()]/g, (bracket) => brackets[bracket]);

/** In order of preference between matches of one length; otherwise the longest match is the token. */
export const rules: readonly Rule[] = [
  // Two words written as one.
  before(cased('can'), cased('not')),
  before(cased('gon'), cased('na')),
  before(cased('got'), cased('ta')),
  before(cased('wan'), cased('na')),
  before(cased('lem'), cased('me')),
  before(cased('gim'), cased('me')),
  before("'[tT]", `(?:${cased('is')}|${cased('was')})`),
  before(cased('more'), `${apostrophe}n`),
  // Verbs and their clitics: do|n't, she|'ll.
  before(word, clitic),
  before(word, negation),
  before(clitic, '[^A-Za-z]|$', straight),
  before(negation, '[^A-Za-z]|$', straight),
  ...withApostrophe.map((source) => rule(source)),
  before(`[yY]${apostrophe}`, letter),
  before(`${apostrophe}[0-9][0-9]`, '\\s|$'),
  rule(word),
  // Things of the web and of markup.
  rule(`<(?:[!?][A-Za-z-][^>]*|\\/?${name}(?: +${name}(?: *= *(?:"[^"]*"|'[^']*'))?)* *\\/?) *>`),
  rule(`<${mailbox}>`),
  rule('&(?:amp|lt|gt|quot|apos|mdash|ndash);', (text) => entities[text]),
  rule('&#[0-9]+;'),
  rule(`https?:\\/\\/${web}{2,}(?<!${phraseEnd})`),
  rule(`${site}(?:\\/${web}{2,}(?<!${phraseEnd}))?`),
  rule(mailbox),
  rule('@[a-zA-Z_][a-zA-Z_0-9]*'),
  rule(`#${letter}+`),
  // Numbers.
  rule(`${digit}{1,2}[-/]${digit}{1,2}[-/]${digit}{2,4}`),
  rule(number),
  rule(`(?:${digit}{1,4}-)?${digit}{1,4}(?:\\/|\\u2044)${digit}{1,4}`),
  rule('[¼½¾⅓⅔]', (text) => fractions[text]),
  rule('[A-Z]*\\$|#'),
  rule('[¢£¤¥\\u0080₠€]', (text) => currencies[text] ?? text),
  // Abbreviations and initials.
  before('[A-Za-z]', `\\.\\s+(?:${starters.replaceAll('.', '\\.').replaceAll(' ', '|')})\\s`),
  rule(dotted),
  before(`${oneOf(numberedAbbreviations)}\\.`, `\\s?${digit}`),
  rule(`${initials}\\.`),
  rule(initials),
  rule('-(?:[lr][rcs]b|[LR][RCS]B)-|(?:[pP]ro|[aA]nti)-'),
  rule('(?:Canada|Sino|Korean|EU|Japan|non)-U\\.S\\.'),
  // Compounds.
  rule(`${elided}(?:${hyphen}${elided})*`),
  rule('[A-Z]+(?:(?:[+&]|&amp;)[A-Z]+)+', (text) => text.replaceAll('&amp;', '&')),
  rule('[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}(?:\\/[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}){1,2}'),
  rule(`${alnum}[A-Za-z0-9.,\\u00AD]*(?:-(?:[A-Za-z0-9\\u00AD]+|[A-Za-z](?:\\.[A-Za-z])+\\.))+`),
  before(`${alnum}+(?:\\.${alnum}+)*\\.(?:${fileEndings})`, '[\\s.?!,]|$'),
  rule('[cC]\\+\\+|[CF]#'),
  // Faces.
  before("[<>]?[:;=][-o*']?[()DPdpO\\\\{@|\\[\\]]|:3", '[^A-Za-z0-9]|$', inBrackets),
  rule("\\([-^x=~<>'][_.]?[-^x=~<>']\\)", inBrackets),
  rule("[-^x=~<>']_[-^x=~<>']|[\\^x=~<>]\\.[\\^x=~<>]"),
  // Marks that come in runs.
  rule('\\.{3,5}|(?:\\.[ \\u00A0]){2,4}\\.|\\u2026', () => '...'),
  rule('-+|[\\u0096\\u0097\\u2013\\u2014\\u2015]', (text) => (text === '-' ? '-' : '--')),
  rule('[?!]+'),
  rule('@+|_+|(?:\\\\?\\*)+|#+|<<|>>'),
  rule('["\\u201C\\u201D\\u00AB\\u00BB\\u0093\\u0094]|``', () => "''"),
  rule(`${tick}|[\\u2039\\u203A]`, () => "'"),
  rule('[()\\[\\]{}]', (text) => brackets[text]),
  rule(
    '[!-~\\u00A1-\\u00BF\\u00D7\\u00F7\\u02C2-\\u02FF\\u2016-\\u2023\\u2030-\\u203B\\u203E-\\u2042\\u2044\\u2070-\\u208E' +
      '\\u2100-\\u2BFF\\u3001\\u3002\\u3012\\u30FB\\uFF01-\\uFF0F\\uFF1A-\\uFF20\\uFF3B-\\uFF40\\uFF5B-\\uFF65]',
  ),
];
