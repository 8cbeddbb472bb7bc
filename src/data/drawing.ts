/** Draws one thing or groups of things on a ground, in one style, and tells where they are. */
import { ageing, brightGrounds, greyscale, paintGround, trainingGrounds } from './backdrop.ts';
import { Canvas } from './canvas.ts';
import { colourJitter } from './colour-matrix.ts';
import { saysColour } from './colours.ts';
import type { Box, Placement } from './layer.ts';
import { place, sizes, type Zone } from './layout.ts';
import type { Random } from './random.ts';
import type { Kind, Sample, SceneObject } from './sample.ts';
import type { Style } from './styles.ts';
import type { Thing } from './things.ts';

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

function ground(canvas: Canvas, things: Thing[], random: Random, augment: boolean) {
  const pale = things.some(({ look }) => look.white > 0.62);
  paintGround(
    canvas,
    random,
    augment ? trainingGrounds : brightGrounds,
    things.map(({ look }) => look.mean),
    pale,
  );
}

/** The sample that the canvas shows now. */
export function finish(canvas: Canvas, kind: Kind, captions: string[], objects: SceneObject[]): Sample {
  const unique = [...new Set(captions)];
  return { pixels: canvas.take(), side: canvas.side, kind, caption: unique[0], captions: unique, objects };
}

const objectOf = ({ concept, name, colour }: Thing, box: Box): SceneObject => ({ concept, name, box, colour });

/** One object, large, anywhere near the middle. */
export function soloSample(kind: Kind, thing: Thing, random: Random, side: number, augment: boolean): Sample {
  const canvas = canvasOf(side);
  ground(canvas, [thing], random, augment);
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

export interface Group {
  things: Thing[];
  zone: Zone;
}

/** Draws groups of objects, each in its zone; objects come back in the order of the groups. */
export function scene(
  groups: Group[],
  random: Random,
  side: number,
  augment: boolean,
): { canvas: Canvas; objects: SceneObject[] } {
  const canvas = canvasOf(side);
  const things = groups.flatMap((group) => group.things);
  ground(canvas, things, random, augment);
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
