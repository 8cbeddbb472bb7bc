/**
 * Samples made from sprites: single objects and composite scenes with captions that are true by construction. Sample i
 * of a seed depends on nothing else, so a training run can stop and go on with exactly the same pictures.
 */
import { ageing, brightGrounds, type Ground, greyscale, paintGround, trainingGrounds } from './backdrop.ts';
import { type Box, Canvas, colourJitter, type Placement, type Style } from './canvas.ts';
import {
  type Appearance,
  type ColourName,
  colourNamed,
  colourNames,
  type Hsv,
  hsvToRgb,
  hueNames,
  type Rgb,
  saysColour,
} from './colours.ts';
import { coloured, counted, list, nounPhrase, withArticle } from './phrases.ts';
import type { Random } from './random.ts';
import type { EmojiSet } from './set.ts';
import { shapeNames, shapeSprite } from './shapes.ts';
import type { Sprite } from './sprite.ts';

export type Kind = 'single' | 'shape' | 'count' | 'relation' | 'list' | 'colour';

export interface SceneObject {
  /** Concept id, or the name of a shape. */
  concept: string;
  /** The phrase for one of it: "a fire engine". */
  name: string;
  /** What is seen of it, in pixels. */
  box: Box;
  /** Set where the colour is certain. */
  colour?: ColourName;
}

export interface Sample {
  /** RGB, side × side × 3. */
  pixels: Uint8Array;
  side: number;
  kind: Kind;
  /** The one caption to train on. */
  caption: string;
  /** Every caption that counts as right; the first is `caption`. */
  captions: string[];
  objects: SceneObject[];
}

/** Something that can be drawn, with its words. */
interface Thing {
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

export interface ComposeOptions {
  /** False leaves out every change of drawing style and every effect, for evaluation. */
  augment: boolean;
}

const canvases = new Map<number, Canvas>();
function canvasOf(side: number): Canvas {
  let canvas = canvases.get(side);
  if (!canvas) canvases.set(side, (canvas = new Canvas(side)));
  return canvas;
}

/** Emoji names that name no thing: they make no second caption. */
const unnamed =
  /o’clock|^(un)?locked|^(cooking|camping|foggy|bowling|wedding|tennis|badminton|lacrosse|construction|mate|cricket game)$|hockey|ping pong|^steaming|[:–]|\bNO\b|\bOK\b/;

function spriteThing({ set }: Palette, id: number): Thing {
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

function shapeThing(random: Random, colour: ColourName = random.pick(colourNames)): Thing {
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
function recolouredThing(palette: Palette, id: number, colour: ColourName, random: Random): Thing | undefined {
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

/** One drawing style for the whole picture: a maker draws everything alike. */
function styleFor(things: Thing[], random: Random, side: number): Style {
  const said = things.some(({ name, shape, recolour }) => shape || recolour || saysColour(name));
  const style: Style = { matrix: random.chance(0.85) ? colourJitter(random, said ? 0.5 : 1) : undefined };
  const draw = random.next();
  const unit = side / 112;
  if (draw < 0.1) {
    const dark = random.between(0, 50);
    style.outline = { width: random.between(0.7, 1.9) * unit, colour: [dark, dark, dark] };
  } else if (draw < 0.14) style.outline = { width: random.between(1, 2.6) * unit, colour: [255, 255, 255] };
  else if (draw < 0.2) style.levels = random.pick([3, 4, 5]);
  else if (draw < 0.25)
    style.shadow = { x: random.between(-3, 3) * unit, y: random.between(1, 4) * unit, strength: 0.35 };
  else if (draw < 0.3 && !said) style.lines = [random.between(0, 60), random.between(0, 60), random.between(0, 90)];
  return style;
}

function drawThing(canvas: Canvas, thing: Thing, placement: Placement, style: Style): Box | undefined {
  return canvas.draw(thing.sprite, placement, { ...style, tint: thing.tint, recolour: thing.recolour });
}

function ground(canvas: Canvas, things: Thing[], random: Random, grounds: Record<Ground, number>) {
  const pale = things.some(({ look }) => look.white > 0.62);
  paintGround(
    canvas,
    random,
    grounds,
    things.map(({ look }) => look.mean),
    pale,
  );
}

function finish(canvas: Canvas, kind: Kind, captions: string[], objects: SceneObject[]): Sample {
  const unique = [...new Set(captions)];
  return { pixels: canvas.take(), side: canvas.side, kind, caption: unique[0], captions: unique, objects };
}

const objectOf = ({ concept, name, colour }: Thing, box: Box): SceneObject => ({ concept, name, box, colour });

/** One object, large, anywhere near the middle. */
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

function soloSample(kind: Kind, thing: Thing, random: Random, side: number, augment: boolean): Sample {
  const canvas = canvasOf(side);
  ground(canvas, [thing], random, augment ? trainingGrounds : brightGrounds);
  const { sprite } = thing;
  const longest = side * (augment ? random.between(random.chance(0.3) ? 0.38 : 0.6, 0.97) : random.between(0.7, 0.92));
  const scale = longest / Math.max(sprite.width, sprite.height);
  // A stretched circle is no circle: shapes are only turned.
  const stretch = augment && !thing.shape ? Math.exp(random.between(-0.16, 0.16)) : 1;
  const [width, height] = [sprite.width * scale * stretch, (sprite.height * scale) / stretch];
  const slack = (size: number) => Math.max(side * 0.04, (side - size) * (augment ? 0.5 : 0.25));
  const placement: Placement = {
    x: side / 2 + slack(width) * random.between(-1, 1),
    y: side / 2 + slack(height) * random.between(-1, 1),
    width,
    height,
    ...(augment ? pose(random, thing.shape) : {}),
  };
  const style = augment ? styleFor([thing], random, side) : {};
  const box = drawThing(canvas, thing, placement, style) ?? ([0, 0, side, side] as Box);
  if (augment) {
    if (!thing.shape && !thing.recolour && !saysColour(thing.name) && random.chance(0.04)) greyscale(canvas);
    ageing(canvas, random);
  }
  return finish(canvas, kind, [thing.name, ...thing.other], [objectOf(thing, box)]);
}

/** Small turns and bends that leave every name true. */
function pose(random: Random, shape: boolean): Partial<Placement> {
  const turned = { rotation: random.chance(0.75) ? random.between(-0.22, 0.22) : 0, flip: random.chance(0.5) };
  if (shape) return turned;
  return {
    ...turned,
    shear: random.chance(0.4) ? random.between(-0.18, 0.18) : 0,
    tilt: random.chance(0.3) ? [random.between(-0.3, 0.3), random.between(-0.3, 0.3)] : undefined,
    wobble: random.chance(0.3)
      ? { amplitude: random.between(0.005, 0.03), waves: random.between(0.6, 2.2), phase: random.between(0, 6.3) }
      : undefined,
  };
}

/** Part of the picture that a group of objects has to itself, as shares of the side. */
type Zone = [left: number, top: number, right: number, bottom: number];
const whole: Zone = [0, 0, 1, 1];

const overlapOf = (a: Box, b: Box): number => {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const area = (box: Box) => (box[2] - box[0]) * (box[3] - box[1]);
  return width > 0 && height > 0 ? (width * height) / Math.min(area(a), area(b)) : 0;
};

/** Longest sides of objects by how many share a picture; never outside 15% to 60% of the side. */
const sizes: Record<number, [number, number]> = {
  1: [0.4, 0.6],
  2: [0.28, 0.46],
  3: [0.24, 0.38],
  4: [0.2, 0.33],
  5: [0.18, 0.3],
};

/** Finds a place inside the zone with little overlap; the size shrinks while none is found. */
function place(thing: Thing, size: number, zone: Zone, taken: Box[], random: Random, side: number): Placement {
  const room = [zone[2] - zone[0], zone[3] - zone[1]];
  let longest = Math.min(size, Math.min(...room) * 0.98) * side;
  const { width: w, height: h } = thing.sprite;
  for (let tries = 0; ; tries++) {
    const scale = longest / Math.max(w, h);
    const [width, height] = [w * scale, h * scale];
    const x = zone[0] * side + width / 2 + random.next() * Math.max(0, room[0] * side - width);
    const y = zone[1] * side + height / 2 + random.next() * Math.max(0, room[1] * side - height);
    const box: Box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
    const worst = Math.max(0, ...taken.map((other) => overlapOf(box, other)));
    if (worst <= (tries < 30 ? 0.05 : 0.3)) {
      taken.push(box);
      return { x, y, width, height };
    }
    if (tries % 10 === 9) longest = Math.max(0.15 * side, longest * 0.88);
  }
}

interface Group {
  things: Thing[];
  zone: Zone;
}

/** Draws groups of objects, each in its zone; objects come back in the order of the groups. */
function scene(
  groups: Group[],
  random: Random,
  side: number,
  augment: boolean,
): { canvas: Canvas; objects: SceneObject[] } {
  const canvas = canvasOf(side);
  const things = groups.flatMap((group) => group.things);
  ground(canvas, things, random, augment ? trainingGrounds : brightGrounds);
  const style = augment ? styleFor(things, random, side) : {};
  const taken: Box[] = [];
  const [low, high] = sizes[Math.min(5, things.length)];
  const base = random.between(low, high);
  const objects = groups.flatMap(({ things, zone }) =>
    things.map((thing) => {
      const size = Math.min(0.6, Math.max(0.15, base * random.between(0.88, 1.12)));
      const placement = place(thing, size, zone, taken, random, side);
      if (augment && random.chance(0.5)) placement.rotation = random.between(-0.15, 0.15);
      placement.flip = augment && random.chance(0.3);
      const box = drawThing(canvas, thing, placement, style);
      return objectOf(thing, box ?? taken[taken.length - 1]);
    }),
  );
  if (augment) ageing(canvas, random);
  return { canvas, objects };
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

/** Zones left and right, or above and below, with a gap that leaves no doubt. */
const halves: Record<'beside' | 'above', [Zone, Zone]> = {
  beside: [
    [0.01, 0.06, 0.49, 0.94],
    [0.51, 0.06, 0.99, 0.94],
  ],
  above: [
    [0.06, 0.01, 0.94, 0.49],
    [0.06, 0.51, 0.94, 0.99],
  ],
};

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
  const counts = pair.map(({ name }) =>
    /^an? (?!.* and )/.test(name) && random.chance(0.25) ? 1 + random.below(most) : 1,
  );
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

const randomThing = (palette: Palette, random: Random): Thing =>
  spriteThing(palette, random.pick(random.pick(palette.concepts)));

function differentThings(palette: Palette, random: Random): [Thing, Thing] {
  const [a, b] = random.sample(palette.concepts, 2);
  return [spriteThing(palette, random.pick(a)), spriteThing(palette, random.pick(b))];
}

function differentShapes(random: Random): [Thing, Thing] {
  const first = shapeThing(random);
  let second = shapeThing(random);
  while (second.name === first.name) second = shapeThing(random);
  return [first, second];
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
