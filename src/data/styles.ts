/** How a drawing looks: colour changes, steps, lines, outlines and shadows, as passes over the layer. */
import { type Hsv, hsvToRgb, hueDistance, type Rgb, rgbToHsv } from './colours.ts';
import type { Box, Layer } from './layer.ts';

export interface Style {
  /** Rows of a 3×3 colour matrix with an offset: 12 numbers. */
  matrix?: Float64Array;
  /** Replaces all colour: for shapes. The second colour is reached at the bottom. */
  tint?: [Rgb, Rgb];
  /** Turns the main hue into another colour. */
  recolour?: { from: Hsv; to: Hsv };
  /** Colour steps a channel. */
  levels?: number;
  outline?: { width: number; colour: Rgb };
  shadow?: { x: number; y: number; strength: number };
  /** Keeps only dark lines where the drawing changes. */
  lines?: Rgb;
}

/** The passes that keep a drawing inside its region. */
export function paint(target: Layer, region: Box, style: Style): void {
  if (style.recolour) recolour(target, region, style.recolour.from, style.recolour.to);
  if (style.tint) tint(target, region, style.tint);
  if (style.matrix) transform(target, region, style.matrix);
  if (style.levels) posterise(target, region, style.levels);
  if (style.lines) lines(target, region, style.lines);
}

/** Pixels that `surround` may add on every side. */
export function marginOf({ outline, shadow }: Style): number {
  return Math.ceil(outline?.width ?? 0) + Math.ceil(Math.abs(shadow?.x ?? 0) + Math.abs(shadow?.y ?? 0)) + 1;
}

/** The passes that draw around it: not part of what a box holds. */
export function surround(target: Layer, region: Box, style: Style): void {
  if (style.outline) outline(target, region, style.outline);
  if (style.shadow) shadow(target, region, style.shadow);
}

function recolour(target: Layer, region: Box, from: Hsv, to: Hsv) {
  const layer = target.data;
  const [saturation, value] = [to[1] / Math.max(0.2, from[1]), to[2] / Math.max(0.2, from[2])];
  target.each(region, (i) => {
    const alpha = layer[i + 3] / 255;
    const hsv = rgbToHsv(layer[i] / alpha, layer[i + 1] / alpha, layer[i + 2] / alpha);
    if (hsv[1] < 0.15 || hueDistance(hsv[0], from[0]) > 45) return;
    const rgb = hsvToRgb([
      (to[0] + (hsv[0] - from[0]) * 0.3 + 360) % 360,
      Math.min(1, hsv[1] * saturation),
      Math.min(1, hsv[2] * value),
    ]);
    for (let k = 0; k < 3; k++) layer[i + k] = rgb[k] * alpha;
  });
}

function tint(target: Layer, region: Box, [upper, lower]: [Rgb, Rgb]) {
  const layer = target.data;
  const height = region[3] - region[1];
  target.each(region, (i, y) => {
    const alpha = layer[i + 3] / 255;
    const share = (y - region[1]) / height;
    for (let k = 0; k < 3; k++) layer[i + k] = (upper[k] + (lower[k] - upper[k]) * share) * alpha;
  });
}

function transform(target: Layer, [left, top, right, bottom]: Box, m: Float64Array) {
  const layer = target.data;
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = m;
  for (let y = top; y < bottom; y++)
    for (let i = (y * target.side + left) * 4, end = (y * target.side + right) * 4; i < end; i += 4) {
      const alpha = layer[i + 3];
      if (alpha === 0) continue;
      const share = alpha / 255;
      const r = layer[i];
      const g = layer[i + 1];
      const b = layer[i + 2];
      layer[i] = Math.min(alpha, Math.max(0, m0 * r + m1 * g + m2 * b + m3 * share));
      layer[i + 1] = Math.min(alpha, Math.max(0, m4 * r + m5 * g + m6 * b + m7 * share));
      layer[i + 2] = Math.min(alpha, Math.max(0, m8 * r + m9 * g + m10 * b + m11 * share));
    }
}

function posterise(target: Layer, region: Box, levels: number) {
  const layer = target.data;
  const step = 255 / (levels - 1);
  target.each(region, (i) => {
    const share = layer[i + 3] / 255;
    for (let k = 0; k < 3; k++) layer[i + k] = Math.round(layer[i + k] / share / step) * step * share;
  });
}

/** A line drawing: ink where brightness or opacity changes from a pixel to its right and lower neighbours. */
function lines(target: Layer, [left, top, right, bottom]: Box, ink: Rgb) {
  const { side } = target;
  const layer = target.data;
  const tone = target.spare;
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const i = (y * side + x) * 4;
      // Drawn on paper: what is transparent is brighter than white, so the outer rim always gives a line.
      tone[y * side + x] = 0.3 * layer[i] + 0.55 * layer[i + 1] + 0.15 * layer[i + 2] + (255 - layer[i + 3]) * 1.6;
    }
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const p = y * side + x;
      const beside = x + 1 < right ? tone[p + 1] : tone[p];
      const below = y + 1 < bottom ? tone[p + side] : tone[p];
      const change = Math.abs(tone[p] - beside) + Math.abs(tone[p] - below);
      const strength = Math.min(1, Math.max(0, (change - 18) / 45));
      const i = p * 4;
      for (let k = 0; k < 3; k++) layer[i + k] = ink[k] * strength;
      layer[i + 3] = 255 * strength;
    }
}

/** Grows the opacity pixel by pixel, corners a little less than sides, and puts the colour under what has grown. */
function outline(target: Layer, region: Box, { width, colour }: { width: number; colour: Rgb }) {
  const { side } = target;
  const [left, top, right, bottom] = region;
  let from = target.spare.subarray(0, side * side);
  let to = target.spare.subarray(side * side, 2 * side * side);
  for (let y = top; y < bottom; y++)
    for (let p = y * side + left; p < y * side + right; p++) from[p] = target.data[p * 4 + 3];
  for (let rest = width; rest > 0; rest--) {
    const share = Math.min(1, rest);
    to.set(from);
    for (let y = top + 1; y < bottom - 1; y++)
      for (let p = y * side + left + 1; p < y * side + right - 1; p++) {
        const sides = Math.max(from[p - 1], from[p + 1], from[p - side], from[p + side]);
        const corners = Math.max(from[p - side - 1], from[p - side + 1], from[p + side - 1], from[p + side + 1]);
        to[p] = Math.max(from[p], share * sides, share * 0.6 * corners);
      }
    [from, to] = [to, from];
  }
  const grown = from;
  under(target, region, (p) => grown[p], colour);
}

function shadow(
  target: Layer,
  [left, top, right, bottom]: Box,
  { x: dx, y: dy, strength }: { x: number; y: number; strength: number },
) {
  const { side } = target;
  const moved = target.spare;
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const [fx, fy] = [Math.round(x - dx), Math.round(y - dy)];
      const within = fx >= left && fx < right && fy >= top && fy < bottom;
      moved[y * side + x] = within ? target.data[(fy * side + fx) * 4 + 3] * strength : 0;
    }
  under(target, [left, top, right, bottom], (p) => moved[p], [20, 20, 25]);
}

/** Puts a colour with the given opacity under the layer. */
function under(target: Layer, [left, top, right, bottom]: Box, opacity: (p: number) => number, colour: Rgb) {
  const { side } = target;
  const layer = target.data;
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const p = y * side + x;
      const i = p * 4;
      const free = opacity(p) * (1 - layer[i + 3] / 255);
      for (let k = 0; k < 3; k++) layer[i + k] += (colour[k] * free) / 255;
      layer[i + 3] += free;
    }
}
