/**
 * Concepts: what the pictures show, independent of who drew them. A concept is a caption phrase; its group (the noun
 * that variants share) decides on which side of the split all of its pictures fall.
 */
import { headNoun } from './phrases.ts';
import { textKey } from './random.ts';

export type Domain = 'object' | 'person' | 'face' | 'symbol';
export type Side = 'train' | 'val-unseen' | 'test-unseen';

export interface Concept {
  /** Stable id: the caption phrase without its article, with dashes. */
  id: string;
  /** The canonical caption: "a fire engine". */
  phrase: string;
  /** Japanese name (CLDR). */
  ja: string;
  keywords: string[];
  /** CLDR's subgroup, such as `transport-ground`. */
  subcategory: string;
  superclass: string;
  domain: Domain;
  /** Whether the default captioner learns it: every object, and a selection of people, faces and hearts. */
  core: boolean;
  group: string;
  side: Side;
}

/** One emoji and the names by which vendors' files are found. */
export interface EmojiEntry {
  /** Lower-case code points joined by dashes, as picture files are named. */
  code: string;
  name: string;
  concept: Concept;
}

const superclasses: [RegExp, string][] = [
  [/^animal/, 'animal'],
  [/^plant/, 'plant'],
  [/^(food|drink|dishware)/, 'food'],
  [/^transport/, 'vehicle'],
  [/^(place|hotel)/, 'place'],
  [/^(sky|time)/, 'nature'],
  [/^clothing/, 'clothing'],
  [/^(event|award|sport|game|arts|music)/, 'hobby'],
  [/^(person|family|body|hand|hands|face|cat-face|monkey-face|emotion|heart)/, 'person'],
];

export function superclassOf(subcategory: string): string {
  return superclasses.find(([pattern]) => pattern.test(subcategory))?.[1] ?? 'tool';
}

/** Nouns whose variants have different names: they share a side all the same. */
const families: Record<string, string> = {
  poodle: 'dog',
  cub: 'bear',
  kitten: 'cat',
  chick: 'chicken',
  rooster: 'chicken',
  rat: 'mouse',
  hamster: 'mouse',
  leopard: 'tiger',
  ram: 'sheep',
  boar: 'pig',
  buffalo: 'cow',
  ox: 'cow',
  bison: 'cow',
  truck: 'car',
  taxi: 'car',
  minibus: 'bus',
  trolleybus: 'bus',
  locomotive: 'train',
  tram: 'train',
  monorail: 'train',
  motorcycle: 'scooter',
  ship: 'boat',
  motorboat: 'boat',
  speedboat: 'boat',
  sailboat: 'boat',
  ferry: 'boat',
  swimsuit: 'bikini',
  sandal: 'shoe',
  'flip-flop': 'shoe',
  boot: 'shoe',
  hat: 'cap',
  sunglasses: 'glasses',
  goggles: 'glasses',
  envelope: 'e-mail',
  notebook: 'notepad',
  telephone: 'phone',
  receiver: 'phone',
  sunflower: 'flower',
  rose: 'flower',
  tulip: 'flower',
  hibiscus: 'flower',
  hyacinth: 'flower',
  donut: 'cake',
  cupcake: 'cake',
  loaf: 'bread',
  baguette: 'bread',
  television: 'screen',
  laptop: 'computer',
  sunrise: 'city',
  sword: 'dagger',
  swords: 'dagger',
};

/** Words that hold or measure: the group is then what they hold ("a slice of pizza" → pizza). */
const containers =
  /^(?:some|two|an? (?:slice|piece|bowl|plate|cup|glass|mug|bottle|can|pan|pot|box|bar|bag|head|loaf|stack|skewer|pair|ball|spool|roll|drop|sprig|sheet|bouquet|strand|sheaf|pile|set) of) /;

export function groupOf(phrase: string): string {
  const inner = phrase.replace(containers, '').replace(/^(?:a|an|the) /, '');
  const owner = /^(\w+)'s (?:face|nose)/.exec(inner)?.[1];
  const noun = owner ?? headNoun(inner);
  return families[noun] ?? noun;
}

/**
 * What anybody would try first. Their groups are always trained on: a captioner that was never shown a dog is of no use,
 * and the unseen sides need no dogs to be fair. Everything else is dealt by hash.
 */
const everyday = new Set(
  `dog cat horse cow pig mouse rabbit bird chicken duck fish bear elephant lion tiger monkey frog snake turtle butterfly
  bee sheep tree flower apple banana grapes orange strawberry lemon tomato carrot bread cake pizza hamburger egg coffee tea
  car bus train bicycle airplane boat rocket house castle church mountain sun moon star cloud rainbow umbrella ball
  soccer guitar book pencil key clock watch phone computer camera chair bed door cap shoe t-shirt dress glasses crown heart
  balloon gift hammer bulb cup baby boy girl man woman face person eye hand nose robot octopus pumpkin firefighter ambulance shark owl drum e-mail cone cream cheese screen snowman city coat globe pen sock`.split(
    /\s+/,
  ),
);

/** 80% of the dealt groups train, 10% are kept for validation and 10% for the test, by hash of the group's name. */
export function sideOf(group: string): Side {
  if (everyday.has(group)) return 'train';
  const draw = textKey(`emoji-5:${group}`) % 100;
  // The everyday groups hold about a third of the concepts, so more than a fifth of the rest is kept out.
  if (draw < 13) return 'val-unseen';
  return draw < 30 ? 'test-unseen' : 'train';
}

export const conceptId = (phrase: string): string =>
  phrase
    .replace(/^(?:a|an|the|some) /, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
