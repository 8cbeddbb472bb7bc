/**
 * Samples made from sprites: single objects and composite scenes with captions that are true by construction. Sample i
 * of a seed depends on nothing else, so a training run can stop and go on with exactly the same pictures.
 */
import { hueNames } from './colours.ts';
import { type ComposeOptions, finish, type Group, scene, soloSample } from './drawing.ts';
import { halves, whole } from './layout.ts';
import { countable, counted, list } from './phrases.ts';
import type { Random } from './random.ts';
import type { Kind, Sample } from './sample.ts';
import {
  differentShapes,
  differentThings,
  type Palette,
  randomThing,
  recolouredThing,
  shapeThing,
  spriteThing,
  type Thing,
} from './things.ts';

/** One of the given drawings, alone. */
export function singleSample(
  palette: Palette,
  ids: number[],
  random: Random,
  side: number,
  { augment }: ComposeOptions,
): Sample {
  const thing = spriteThing(palette, random.pick(ids));
  return soloSample('single', thing, random, side, augment);
}

/** The same thing several times: "three bananas". */
export function countSample(palette: Palette, random: Random, side: number, { augment }: ComposeOptions): Sample {
  const thing = random.chance(0.3)
    ? shapeThing(random)
    : spriteThing(palette, random.pick(random.pick(palette.countable)));
  const count = 2 + random.below(4);
  const { canvas, objects } = scene([{ things: repeat(thing, count), zone: whole }], random, side, augment);
  const captions = [thing.name, ...thing.other].map((name) => counted(name, count));
  return finish(canvas, 'count', captions, objects);
}

const repeat = (thing: Thing, count: number): Thing[] => Array.from({ length: count }, () => thing);

/**
 * Two kinds of things beside or above each other. The caption always starts with what is on the left or on top, so that
 * one picture has one caption; the other direction counts as right too.
 */
export function relationSample(palette: Palette, random: Random, side: number, options: ComposeOptions): Sample {
  const draw = random.next();
  let pair: [Thing, Thing];
  if (draw < 0.2) pair = differentShapes(random);
  else if (draw < 0.35) pair = random.sample([shapeThing(random), randomThing(palette, random)], 2) as [Thing, Thing];
  else pair = differentThings(palette, random);
  return relate('relation', pair, random, side, options);
}

function relate(
  kind: Kind,
  pair: [Thing, Thing],
  random: Random,
  side: number,
  { augment }: ComposeOptions,
  most = 2,
): Sample {
  const counts = pair.map(({ name }) => (countable(name) && random.chance(0.25) ? 1 + random.below(most) : 1));
  const axis = random.pick(['beside', 'above'] as const);
  const groups = pair.map((thing, i): Group => ({ things: repeat(thing, counts[i]), zone: halves[axis][i] }));
  const { canvas, objects } = scene(groups, random, side, augment);
  const [first, second] = pair.map((thing, i) => counted(thing.name, counts[i]));
  const captions =
    axis === 'beside'
      ? [`${first} to the left of ${second}`, `${second} to the right of ${first}`]
      : [`${first} above ${second}`, `${second} below ${first}`];
  return finish(canvas, kind, captions, objects);
}

/** Three different things in a row, named from left to right. */
export function listSample(palette: Palette, random: Random, side: number, { augment }: ComposeOptions): Sample {
  const things = random.sample(palette.concepts, 3).map((ids) => spriteThing(palette, random.pick(ids)));
  const groups = things.map(
    (thing, i): Group => ({ things: [thing], zone: [i / 3 + 0.005, 0.1, (i + 1) / 3 - 0.005, 0.9] }),
  );
  const { canvas, objects } = scene(groups, random, side, augment);
  const names = things.map(({ name }) => name);
  const orders = [
    names,
    [names[0], names[2], names[1]],
    [names[1], names[0], names[2]],
    [names[1], names[2], names[0]],
  ];
  return finish(
    canvas,
    'list',
    [...orders, [names[2], names[0], names[1]], [names[2], names[1], names[0]]].map(list),
    objects,
  );
}

/**
 * Colour words: one drawing in a colour that it does not usually have, or the same drawing in two colours. Only there
 * do captions of drawings name the colour, so that what to say can be told from the picture.
 */
export function colourSample(palette: Palette, random: Random, side: number, options: ComposeOptions): Sample {
  const id = random.pick(random.pick(palette.colourable));
  const own = palette.set.sprites[id].look.name;
  if (random.chance(0.45)) {
    const colour = random.pick(hueNames.filter((name) => name !== own));
    const thing = recolouredThing(palette, id, colour, random)!;
    return soloSample('colour', thing, random, side, options.augment);
  }
  const [a, b] = random.sample(hueNames, 2).map((colour) => recolouredThing(palette, id, colour, random)!);
  return relate('colour', [a, b], random, side, options, 1);
}

/** One plain shape: "a red circle". */
export function shapeSample(random: Random, side: number, { augment }: ComposeOptions): Sample {
  return soloSample('shape', shapeThing(random), random, side, augment);
}
