/** Colour words, the colours they stand for, and the clear colour of a drawing, if it has one. */
import type { Random } from './random.ts';
import type { Sprite } from './sprite.ts';

/** Hue in degrees, saturation and value from 0 to 1. */
export type Hsv = [hue: number, saturation: number, value: number];
export type Rgb = [red: number, green: number, blue: number];

type Range = readonly [low: number, high: number];
const range = (hue: Range, saturation: Range, value: Range) => ({ hue, saturation, value });

/** The middle of what each word means; borders between words are left out, so that no caption is arguable. */
const ranges = {
  red: range([-8, 8], [0.78, 1], [0.7, 0.95]),
  orange: range([23, 33], [0.85, 1], [0.92, 1]),
  yellow: range([48, 57], [0.75, 1], [0.92, 1]),
  green: range([100, 150], [0.5, 0.95], [0.45, 0.8]),
  blue: range([205, 233], [0.65, 1], [0.6, 0.95]),
  purple: range([266, 284], [0.5, 0.85], [0.5, 0.8]),
  pink: range([325, 343], [0.35, 0.6], [0.95, 1]),
  brown: range([18, 30], [0.6, 0.8], [0.35, 0.55]),
  black: range([0, 360], [0, 0.2], [0.02, 0.13]),
  gray: range([0, 360], [0, 0.05], [0.45, 0.65]),
};

export type ColourName = keyof typeof ranges;
export const colourNames = Object.keys(ranges) as ColourName[];

/** Colours a drawing can be turned to by its hue alone. */
export const hueNames: ColourName[] = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink'];

/** Any colour that the word clearly means. */
export function colourNamed(name: ColourName, random: Random): Hsv {
  const { hue, saturation, value } = ranges[name];
  return [(random.between(...hue) + 360) % 360, random.between(...saturation), random.between(...value)];
}

export function hsvToRgb([hue, saturation, value]: Hsv): Rgb {
  const turn = hue / 60;
  return [ramp(5 + turn, saturation, value), ramp(3 + turn, saturation, value), ramp(1 + turn, saturation, value)];
}

function ramp(turn: number, saturation: number, value: number): number {
  const k = turn % 6;
  return 255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
}

export function rgbToHsv(red: number, green: number, blue: number): Hsv {
  const high = Math.max(red, green, blue);
  const spread = high - Math.min(red, green, blue);
  if (spread === 0) return [0, 0, high / 255];
  let hue: number;
  if (high === red) hue = (green - blue) / spread;
  else if (high === green) hue = 2 + (blue - red) / spread;
  else hue = 4 + (red - green) / spread;
  return [(hue * 60 + 360) % 360, spread / high, high / 255];
}

export const hueDistance = (a: number, b: number): number => Math.abs(((a - b + 540) % 360) - 180);

/** The word for a colour, with wider borders than `colourNamed` draws from; undefined in between words. */
export function nameOf([hue, saturation, value]: Hsv): ColourName | undefined {
  if (value < 0.2) return 'black';
  if (saturation < 0.1) return value < 0.75 ? 'gray' : undefined;
  if (saturation < 0.3) return undefined;
  if (value < 0.62 && hue > 12 && hue < 40) return 'brown';
  if ((hue < 12 || hue > 350) && saturation > 0.55) return value > 0.5 ? 'red' : undefined;
  if (hue >= 20 && hue < 38) return value > 0.8 && saturation > 0.7 ? 'orange' : undefined;
  if (hue >= 43 && hue < 62) return value > 0.75 ? 'yellow' : undefined;
  if (hue >= 80 && hue < 165) return 'green';
  if (hue >= 196 && hue < 245) return 'blue';
  if (hue >= 258 && hue < 295) return 'purple';
  if (hue >= 310 && hue < 350) return value > 0.75 ? 'pink' : undefined;
  return undefined;
}

export interface Appearance {
  /** Mean colour of the opaque pixels. */
  mean: Rgb;
  /** Share of opaque pixels that are nearly white. */
  white: number;
  /** The middle colour of the pixels that share the most frequent hue. */
  main?: Hsv;
  /** Share of opaque pixels within 22 degrees of the main hue. */
  mainShare: number;
  /** The word for the main colour where it covers most of the drawing. */
  name?: ColourName;
}

/** What colours a drawing has. */
export function appearanceOf(sprite: Sprite): Appearance {
  const { data } = sprite.levels[1];
  const histogram = new Float64Array(36);
  const pixels: Hsv[] = [];
  const mean: Rgb = [0, 0, 0];
  let white = 0;
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 200) continue;
    const [red, green, blue] = [data[i], data[i + 1], data[i + 2]].map((v) => (v * 255) / data[i + 3]);
    const hsv = rgbToHsv(red, green, blue);
    count++;
    mean[0] += red;
    mean[1] += green;
    mean[2] += blue;
    if (hsv[1] < 0.12 && hsv[2] > 0.85) white++;
    if (hsv[1] > 0.3 && hsv[2] > 0.2) histogram[Math.floor(hsv[0] / 10) % 36]++;
    pixels.push(hsv);
  }
  const total = Math.max(1, count);
  const appearance: Appearance = { mean: mean.map((v) => v / total) as Rgb, white: white / total, mainShare: 0 };
  const near = (bin: number) => histogram[(bin + 35) % 36] + histogram[bin] + histogram[(bin + 1) % 36];
  let best = 0;
  for (let bin = 1; bin < 36; bin++) if (near(bin) > near(best)) best = bin;
  const members = pixels.filter(([h, s, v]) => s > 0.3 && v > 0.2 && hueDistance(h, best * 10 + 5) < 22);
  if (members.length) {
    const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
    const offsets = members.map(([h]) => ((h - best * 10 + 540) % 360) - 180);
    appearance.main = [
      (best * 10 + middle(offsets) + 360) % 360,
      middle(members.map(([, s]) => s)),
      middle(members.map(([, , v]) => v)),
    ];
    appearance.mainShare = members.length / total;
    if (appearance.mainShare > 0.6) appearance.name = nameOf(appearance.main);
  }
  return appearance;
}

/** Whether a phrase says a colour, which grey or recoloured pictures would make untrue. */
export const saysColour = (phrase: string): boolean =>
  /\b(red|orange|yellow|green|blue|purple|pink|brown|black|white|gray|grey|gold|silver|bronze)\b/.test(phrase);
