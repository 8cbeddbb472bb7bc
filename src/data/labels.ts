/**
 * Which concept a free title is about: "Green Pear" → a pear, "A helmeted guinea fowl." → none. Titles are compared word
 * by word with the concepts' names; what is not certain is no match, because a wrong caption costs more than a picture.
 */
import type { Concept } from './concepts.ts';
import { pluralNoun } from './phrases.ts';

/** Other words for concepts, and words whose picture would usually be another concept (null). */
const synonyms: Record<string, string | null> = {
  plane: 'an airplane',
  aeroplane: 'an airplane',
  jet: 'an airplane',
  automobile: 'a car',
  lorry: 'a truck',
  bike: 'a bicycle',
  motorbike: 'a motorcycle',
  lightbulb: 'a light bulb',
  lamp: null,
  phone: 'a telephone',
  cellphone: 'a mobile phone',
  'cell phone': 'a mobile phone',
  computer: 'a desktop computer',
  tv: 'a television',
  burger: 'a hamburger',
  cheeseburger: 'a hamburger',
  present: 'a gift',
  home: 'a house',
  'fir tree': 'an evergreen tree',
  'pine tree': 'an evergreen tree',
  palm: 'a palm tree',
  'oak tree': 'a tree',
  doughnut: 'a donut',
  grape: 'some grapes',
  cherry: 'some cherries',
  'french fries': 'some french fries',
  fries: 'some french fries',
  corn: 'an ear of corn',
  maize: 'an ear of corn',
  bread: 'a loaf of bread',
  cheese: 'a piece of cheese',
  'sailing boat': 'a sailboat',
  scissors: 'a pair of scissors',
  glasses: 'a pair of glasses',
  spectacles: 'a pair of glasses',
  sunglasses: 'a pair of sunglasses',
  jeans: 'a pair of jeans',
  headphones: 'a pair of headphones',
  maracas: 'a pair of maracas',
  skis: 'a pair of skis',
  socks: 'a pair of socks',
  gloves: 'a pair of gloves',
  shorts: 'a pair of shorts',
  hippo: 'a hippopotamus',
  rhino: 'a rhinoceros',
  'killer whale': null,
  'sea shell': 'a seashell',
  shell: 'a seashell',
  bulb: 'a light bulb',
  'fire truck': 'a fire engine',
  firetruck: 'a fire engine',
  tux: null,
  starfish: null,
  'christmas star': null,
  'beer mug': 'a mug of beer',
  beer: 'a mug of beer',
  'coffee cup': 'a cup of coffee',
  'cup of coffee': 'a cup of coffee',
  coffee: 'a cup of coffee',
  'tea cup': 'a cup of tea',
  'wine glass': 'a glass of wine',
  lock: 'a padlock',
  'flash light': 'a flashlight',
  torch: null,
  ladybird: 'a ladybug',
  mouse: null,
  keyboard: null,
  'computer keyboard': 'a keyboard',
  fan: null,
  bow: null,
  bat: null,
  chicken: null,
  turkey: null,
  glass: null,
  crane: null,
  seal: null,
  fly: null,
  cricket: null,
  olive: null,
  kiwi: null,
  ring: null,
  link: null,
  target: null,
  seat: null,
  station: null,
  window: null,
  wave: null,
  slide: null,
  hotel: null,
  desert: null,
  fog: null,
  label: null,
  package: null,
  tie: 'a shirt with a tie',
  mate: null,
  face: null,
  wing: null,
  leg: null,
  'video game': null,
  card: null,
  person: null,
  worker: null,
};

/** Words in a title that change nothing about what is shown. */
const fillers = new Set(
  'a an the some my your simple small little big large great old new cartoon clipart clip art icon drawing image picture illustration colour color colored coloured black white red green blue yellow orange pink purple brown gray grey golden gold silver plain detailed stylized stylised cute pretty tall tiny nice fresh ripe one single vector svg of'.split(
    ' ',
  ),
);

const bare = (phrase: string): string => phrase.replace(/^(?:a|an|the|some) /, '').toLowerCase();

/** `keywords` let the last words of a longer title count: "Racing Bike" with the keyword "bike" is a bicycle. */
export type Labeller = (title: string, keywords?: readonly string[]) => Concept | undefined;

/** A function from titles to concepts. */
export function labeller(concepts: readonly Concept[]): Labeller {
  const byPhrase = new Map(concepts.map((concept) => [concept.phrase, concept]));
  const names = new Map<string, Concept>();
  for (const concept of concepts) {
    if (/ (with|in|on|by|and|over) /.test(concept.phrase)) continue;
    names.set(bare(concept.phrase), concept);
    if (/^an? /.test(concept.phrase) && !concept.phrase.includes(' of ')) {
      const words = bare(concept.phrase).split(' ');
      names.set([...words.slice(0, -1), pluralNoun(words[words.length - 1])].join(' '), concept);
    }
  }
  for (const [word, phrase] of Object.entries(synonyms)) {
    const concept = phrase && byPhrase.get(phrase);
    if (concept) names.set(word, concept);
    else names.delete(word);
  }
  return (title, keywords = []) => {
    const words = title
      .replace(/([a-z])([A-Z0-9])/g, '$1 $2')
      .toLowerCase()
      .replace(/[^a-z' -]+/g, ' ')
      .split(/[ -]+/)
      .filter(Boolean);
    if (
      words.some((word) => /^(and|with|in|on|without|no|map|outline|flag|sign|silhouette|head|logo|symbol)$/.test(word))
    )
      return;
    const whole = words.join(' ');
    const core = words.filter((word) => !fillers.has(word)).join(' ');
    const last = [words.slice(-2).join(' '), words[words.length - 1]].find((end) => keywords.includes(end));
    return names.get(whole) ?? names.get(core) ?? (last === undefined ? undefined : names.get(last));
  };
}
