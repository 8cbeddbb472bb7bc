/** What can be drawn, with the words for it: a maker's drawing, the same in another colour, or a plain shape. */
import { type Appearance, type ColourName, colourNamed, colourNames, type Hsv, hsvToRgb, type Rgb } from './colours.ts';
import { coloured, nounPhrase, withArticle } from './phrases.ts';
import type { Random } from './random.ts';
import type { EmojiSet } from './set.ts';
import { shapeNames, shapeSprite } from './shapes.ts';
import type { Sprite } from './sprite.ts';

/** Something that can be drawn, with its words. */
export interface Thing {
  concept: string;
  /** The phrase for one, with its colour where that is said. */
  name: string;
  other: string[];
  sprite: Sprite;
  look: Appearance;
  shape: boolean;
  /** The only colour it shows, where that is certain. */
  colour?: ColourName;
  recolour?: { from: Hsv; to: Hsv };
  tint?: [Rgb, Rgb];
}

export interface Palette {
  set: EmojiSet;
  /** Sprite ids of each concept that may be drawn. */
  concepts: number[][];
  /** The ones whose copies can be counted. */
  countable: number[][];
  /** Sprite ids of countable drawings with one clear colour. */
  colourable: number[][];
}

/** Emoji names that name no thing: they make no second caption. */
const unnamed =
  /o’clock|^(un)?locked|^(cooking|camping|foggy|bowling|wedding|tennis|badminton|lacrosse|construction|mate|cricket game)$|hockey|ping pong|^steaming|[:–]|\bNO\b|\bOK\b/;

/** A maker's drawing as it is. */
export function spriteThing({ set }: Palette, id: number): Thing {
  const { phrase, id: concept } = set.conceptOf(id);
  const sprite = set.sprite(id);
  const record = set.sprites[id];
  const emoji = record.maker !== 'openclipart' && record.maker !== 'stamps';
  return {
    concept,
    name: phrase,
    other: emoji && !unnamed.test(record.source) ? [nounPhrase(record.source)] : [],
    sprite,
    look: record.look,
    shape: false,
    colour: record.look.name,
  };
}

/** A shape in a colour that its name says. */
export function shapeThing(random: Random, colour: ColourName = random.pick(colourNames)): Thing {
  const shape = random.pick(shapeNames);
  const main = colourNamed(colour, random);
  const shade: Hsv = [main[0], main[1], main[2] * random.pick([1, 1, 0.88])];
  return {
    concept: shape,
    name: withArticle(`${colour} ${shape}`),
    other: colour === 'gray' ? [withArticle(`grey ${shape}`)] : [],
    sprite: shapeSprite(shape, random.chance(0.12)),
    look: { mean: hsvToRgb(main), white: 0, mainShare: 1 },
    shape: true,
    colour,
    tint: [hsvToRgb(main), hsvToRgb(shade)],
  };
}

/** A drawing in another clear colour: "a blue car". Undefined when it has no main colour to change. */
export function recolouredThing(palette: Palette, id: number, colour: ColourName, random: Random): Thing | undefined {
  const thing = spriteThing(palette, id);
  const { main } = thing.look;
  if (!main) return undefined;
  const to = colourNamed(colour, random);
  return {
    ...thing,
    name: coloured(thing.name, colour),
    other: [],
    look: { ...thing.look, mean: hsvToRgb(to) },
    colour,
    recolour: { from: main, to },
  };
}

/** Any drawing of any concept. */
export const randomThing = (palette: Palette, random: Random): Thing =>
  spriteThing(palette, random.pick(random.pick(palette.concepts)));

/** Drawings of two concepts. */
export function differentThings(palette: Palette, random: Random): [Thing, Thing] {
  const [a, b] = random.sample(palette.concepts, 2);
  return [spriteThing(palette, random.pick(a)), spriteThing(palette, random.pick(b))];
}

/** Two shapes that differ in form or colour. */
export function differentShapes(random: Random): [Thing, Thing] {
  const first = shapeThing(random);
  let second = shapeThing(random);
  while (second.name === first.name) second = shapeThing(random);
  return [first, second];
}
