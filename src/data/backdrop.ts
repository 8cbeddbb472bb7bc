/** What lies behind the objects, and effects over the whole picture. */

import type { Canvas } from './canvas.ts';
import { colourNamed, colourNames, hsvToRgb, type Rgb } from './colours.ts';
import type { Random } from './random.ts';

export type Ground = 'white' | 'light' | 'plain' | 'gradient' | 'texture';

/** People try pictures on white first; everything else keeps the model from needing white. */
export const trainingGrounds: Record<Ground, number> = { white: 45, light: 16, plain: 12, gradient: 14, texture: 13 };
export const brightGrounds: Record<Ground, number> = { white: 60, light: 40, plain: 0, gradient: 0, texture: 0 };

const light = (random: Random): Rgb =>
  hsvToRgb([random.between(0, 360), random.between(0, 0.2), random.between(0.85, 1)]);

const any = (random: Random): Rgb =>
  random.chance(0.4)
    ? hsvToRgb([random.between(0, 360), random.between(0.1, 0.5), random.between(0.5, 0.95)])
    : hsvToRgb(colourNamed(random.pick(colourNames), random));

const luminance = ([red, green, blue]: Rgb): number => 0.3 * red + 0.59 * green + 0.11 * blue;
const contrast = (a: Rgb, b: Rgb): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/**
 * Fills the canvas. A colour that is close to one of `avoid` (the objects' own) is drawn again, and white drawings
 * (`pale`) get a darker ground than white.
 */
export function paintGround(
  canvas: Canvas,
  random: Random,
  grounds: Record<Ground, number>,
  avoid: Rgb[],
  pale: boolean,
) {
  const choice = random.weighted(grounds);
  const ground = pale && (choice === 'white' || choice === 'light') ? 'plain' : choice;
  const distinct = (draw: (random: Random) => Rgb): Rgb => {
    let colour = draw(random);
    for (let tries = 0; tries < 6; tries++) {
      if (avoid.every((other) => contrast(colour, other) > 90) && !(pale && luminance(colour) > 170)) break;
      colour = draw(random);
    }
    return colour;
  };
  if (ground === 'white') return fill(canvas, [255, 255, 255]);
  if (ground === 'light') return fill(canvas, distinct(light));
  if (ground === 'plain') return fill(canvas, distinct(any));
  if (ground === 'gradient') return gradient(canvas, random, distinct(any), distinct(random.chance(0.5) ? light : any));
  texture(canvas, random, distinct(random.chance(0.5) ? light : any));
}

function fill({ colour }: Canvas, [red, green, blue]: Rgb) {
  for (let i = 0; i < colour.length; i += 3) {
    colour[i] = red;
    colour[i + 1] = green;
    colour[i + 2] = blue;
  }
}

function gradient({ colour, side }: Canvas, random: Random, from: Rgb, to: Rgb) {
  const angle = random.between(0, 2 * Math.PI);
  const [dx, dy] = [Math.cos(angle) / side, Math.sin(angle) / side];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const share = Math.min(1, Math.max(0, 0.5 + (x - side / 2) * dx + (y - side / 2) * dy));
      const i = (y * side + x) * 3;
      for (let k = 0; k < 3; k++) colour[i + k] = from[k] + (to[k] - from[k]) * share;
    }
}

/** Soft blobs, stripes or a horizon around one colour. */
function texture(canvas: Canvas, random: Random, base: Rgb) {
  const { colour, side } = canvas;
  const kind = random.pick(['blobs', 'stripes', 'horizon'] as const);
  if (kind === 'horizon') {
    const height = Math.floor(side * random.between(0.45, 0.85));
    const below = any(random);
    for (let y = 0; y < side; y++)
      for (let i = y * side * 3; i < (y + 1) * side * 3; i++) {
        const from = y < height ? base : below;
        colour[i] = from[i % 3] * (0.92 + (0.08 * y) / side);
      }
    return;
  }
  const depth = random.between(5, 22);
  const angle = random.between(0, Math.PI);
  const [fx, fy] = [Math.cos(angle), Math.sin(angle)].map((f) => (f * random.between(4, 30)) / side);
  const rows = new Float32Array(side);
  const columns = new Float32Array(side);
  const [phase, wave] = [random.between(0, 6), random.between(4, 16) / side];
  for (let i = 0; i < side; i++) {
    rows[i] = Math.sin(i * wave + phase);
    columns[i] = Math.sin(i * wave * 1.37 + 2 * phase);
  }
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const height =
        kind === 'blobs' ? rows[y] * columns[x] + 0.5 * columns[y] * rows[side - 1 - x] : Math.sin(x * fx + y * fy);
      const i = (y * side + x) * 3;
      for (let k = 0; k < 3; k++) colour[i + k] = base[k] + depth * height;
    }
}

/** Blur, sharpening, noise and lost resolution, as pictures from elsewhere have. */
export function ageing(canvas: Canvas, random: Random) {
  const draw = random.next();
  if (draw < 0.12) blur(canvas, random.between(0.3, 1));
  else if (draw < 0.2) blur(canvas, -random.between(0.2, 0.7));
  if (random.chance(0.15)) noise(canvas, random, random.between(2, 10));
}

/** Moves every pixel towards (or, with a negative amount, away from) the mean of its 3×3 neighbourhood. */
function blur({ colour, side }: Canvas, amount: number) {
  const soft = new Float32Array(colour.length);
  const row = side * 3;
  for (let y = 0; y < side; y++) {
    const [up, down] = [y > 0 ? -row : 0, y < side - 1 ? row : 0];
    for (let x = 0; x < row; x++) {
      const i = y * row + x;
      soft[i] = (colour[i + up] + 2 * colour[i] + colour[i + down]) / 4;
    }
  }
  for (let y = 0; y < side; y++)
    for (let x = 0; x < row; x++) {
      const i = y * row + x;
      const mean = ((x >= 3 ? soft[i - 3] : soft[i]) + 2 * soft[i] + (x < row - 3 ? soft[i + 3] : soft[i])) / 4;
      colour[i] += amount * (mean - colour[i]);
    }
}

function noise({ colour }: Canvas, random: Random, depth: number) {
  // One draw gives four bytes of noise: a draw a channel would cost more than the rest of the picture.
  for (let i = 0; i < colour.length; i += 4) {
    const word = Math.floor(random.next() * 2 ** 32);
    for (let k = 0; k < 4 && i + k < colour.length; k++)
      colour[i + k] += depth * (((word >>> (8 * k)) & 255) / 128 - 1);
  }
}

/** Takes the colour out of the whole picture. */
export function greyscale({ colour }: Canvas) {
  for (let i = 0; i < colour.length; i += 3)
    colour.fill(0.299 * colour[i] + 0.587 * colour[i + 1] + 0.114 * colour[i + 2], i, i + 3);
}
