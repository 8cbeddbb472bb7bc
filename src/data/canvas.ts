/**
 * Painting on a small canvas: backgrounds, placed sprites with drawing styles, and whole-picture effects. Plain typed
 * arrays; one canvas is reused for every sample of a side length.
 */
import { type Hsv, hsvToRgb, hueDistance, type Rgb, rgbToHsv } from './colours.ts';
import type { Random } from './random.ts';
import type { Sprite } from './sprite.ts';

/** Left, top, right, bottom in pixels. */
export type Box = [left: number, top: number, right: number, bottom: number];

export interface Placement {
  /** Centre and size in pixels before rotation. */
  x: number;
  y: number;
  width: number;
  height: number;
  /** Radians, clockwise. */
  rotation?: number;
  shear?: number;
  flip?: boolean;
  /** How much farther away the right and the lower side are; 0 is flat. */
  tilt?: [number, number];
  /** Amplitude in sprite widths, waves over the sprite, and phase of a hand's wobble. */
  wobble?: { amplitude: number; waves: number; phase: number };
}

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

export class Canvas {
  readonly side: number;
  /** RGB, side × side × 3, kept in float until the picture is taken. */
  readonly colour: Float32Array;
  /** Premultiplied RGBA of the sprite being drawn. */
  readonly #layer: Float32Array;
  readonly #spare: Float32Array;

  constructor(side: number) {
    this.side = side;
    this.colour = new Float32Array(side * side * 3);
    this.#layer = new Float32Array(side * side * 4);
    this.#spare = new Float32Array(side * side * 4);
  }

  /** Draws a sprite and returns the box of what can be seen of it, or undefined when nothing is inside the picture. */
  draw(sprite: Sprite, placement: Placement, style: Style = {}): Box | undefined {
    const region = this.#warp(sprite, placement);
    if (!region) return undefined;
    const margin =
      Math.ceil(style.outline?.width ?? 0) +
      Math.ceil(Math.abs(style.shadow?.x ?? 0) + Math.abs(style.shadow?.y ?? 0)) +
      1;
    const wide = this.#grown(region, margin);
    if (style.recolour) this.#recolour(region, style.recolour.from, style.recolour.to);
    if (style.tint) this.#tint(region, style.tint);
    if (style.matrix) this.#transform(region, style.matrix);
    if (style.levels) this.#posterise(region, style.levels);
    if (style.lines) this.#lines(region, style.lines);
    const box = this.#seen(region);
    if (style.outline) this.#outline(wide, style.outline);
    if (style.shadow) this.#shadow(wide, style.shadow);
    this.#blend(wide);
    this.#clear(wide);
    return box;
  }

  /** The picture as bytes, RGB, side × side × 3. */
  take(): Uint8Array {
    const { colour } = this;
    const out = new Uint8Array(colour.length);
    for (let i = 0; i < out.length; i++) out[i] = colour[i] <= 0 ? 0 : colour[i] >= 255 ? 255 : colour[i] + 0.5;
    return out;
  }

  #grown([left, top, right, bottom]: Box, margin: number): Box {
    const { side } = this;
    return [
      Math.max(0, left - margin),
      Math.max(0, top - margin),
      Math.min(side, right + margin),
      Math.min(side, bottom + margin),
    ];
  }

  /** Reads the sprite bilinearly from the size level that is nearest from above, so no detail is skipped. */
  #warp(sprite: Sprite, placement: Placement): Box | undefined {
    const { x: cx, y: cy, width, height, rotation = 0, shear = 0, flip = false, tilt = [0, 0], wobble } = placement;
    const { side } = this;
    const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
    const reach = 1 + Math.abs(tilt[0]) + Math.abs(tilt[1]) + 2 * (wobble?.amplitude ?? 0);
    const [halfW, halfH] = [((width + Math.abs(shear) * height) / 2) * reach, (height / 2) * reach];
    const [rx, ry] = [
      Math.abs(cos) * halfW + Math.abs(sin) * halfH + 1,
      Math.abs(sin) * halfW + Math.abs(cos) * halfH + 1,
    ];
    const [left, top] = [Math.max(0, Math.floor(cx - rx)), Math.max(0, Math.floor(cy - ry))];
    const [right, bottom] = [Math.min(side, Math.ceil(cx + rx)), Math.min(side, Math.ceil(cy + ry))];
    if (right <= left || bottom <= top) return undefined;
    const shrink = Math.max(sprite.width / width, sprite.height / height);
    const level = Math.max(0, Math.min(sprite.levels.length - 1, Math.floor(Math.log2(shrink) + 0.35)));
    const { width: w, height: h, data } = sprite.levels[level];
    const stride = (w + 2) * 4;
    const layer = this.#layer;
    const turn = 2 * Math.PI * (wobble?.waves ?? 0);
    const amplitude = wobble?.amplitude ?? 0;
    const phase = wobble?.phase ?? 0;
    const mirror = flip ? -1 : 1;
    const [tiltX, tiltY] = tilt;
    // Plain numbers only in this loop: it runs for every pixel of every object.
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const dx = x + 0.5 - cx;
        const dy = y + 0.5 - cy;
        let v = (dy * cos - dx * sin) / height;
        let u = (dx * cos + dy * sin - shear * v * height) / width;
        const depth = 1 / (1 + tiltX * u + tiltY * v);
        u *= depth;
        v *= depth;
        if (amplitude > 0) {
          const bent = u + amplitude * Math.sin(turn * v + phase);
          v += amplitude * Math.sin(turn * u * 1.3 + 2 * phase);
          u = bent;
        }
        const sx = (mirror * u + 0.5) * w + 0.5;
        const sy = (v + 0.5) * h + 0.5;
        if (!(sx >= 0 && sy >= 0 && sx < w + 1 && sy < h + 1)) continue;
        const ix = sx | 0;
        const iy = sy | 0;
        const from = iy * stride + ix * 4;
        const below = from + stride;
        const fx = sx - ix;
        const fy = sy - iy;
        const a = (1 - fx) * (1 - fy);
        const b = fx * (1 - fy);
        const c = (1 - fx) * fy;
        const d = fx * fy;
        const alpha = a * data[from + 3] + b * data[from + 7] + c * data[below + 3] + d * data[below + 7];
        if (alpha === 0) continue;
        const to = (y * side + x) * 4;
        layer[to] = a * data[from] + b * data[from + 4] + c * data[below] + d * data[below + 4];
        layer[to + 1] = a * data[from + 1] + b * data[from + 5] + c * data[below + 1] + d * data[below + 5];
        layer[to + 2] = a * data[from + 2] + b * data[from + 6] + c * data[below + 2] + d * data[below + 6];
        layer[to + 3] = alpha;
      }
    }
    return [left, top, right, bottom];
  }

  #each([left, top, right, bottom]: Box, visit: (i: number, y: number) => void) {
    for (let y = top; y < bottom; y++)
      for (let i = (y * this.side + left) * 4, end = (y * this.side + right) * 4; i < end; i += 4)
        if (this.#layer[i + 3] > 0) visit(i, y);
  }

  #recolour(region: Box, from: Hsv, to: Hsv) {
    const layer = this.#layer;
    const [saturation, value] = [to[1] / Math.max(0.2, from[1]), to[2] / Math.max(0.2, from[2])];
    this.#each(region, (i) => {
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

  #tint(region: Box, [upper, lower]: [Rgb, Rgb]) {
    const layer = this.#layer;
    const height = region[3] - region[1];
    this.#each(region, (i, y) => {
      const alpha = layer[i + 3] / 255;
      const share = (y - region[1]) / height;
      for (let k = 0; k < 3; k++) layer[i + k] = (upper[k] + (lower[k] - upper[k]) * share) * alpha;
    });
  }

  #transform([left, top, right, bottom]: Box, m: Float64Array) {
    const layer = this.#layer;
    const [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = m;
    for (let y = top; y < bottom; y++)
      for (let i = (y * this.side + left) * 4, end = (y * this.side + right) * 4; i < end; i += 4) {
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

  #posterise(region: Box, levels: number) {
    const layer = this.#layer;
    const step = 255 / (levels - 1);
    this.#each(region, (i) => {
      const share = layer[i + 3] / 255;
      for (let k = 0; k < 3; k++) layer[i + k] = Math.round(layer[i + k] / share / step) * step * share;
    });
  }

  /** A line drawing: ink where brightness or opacity changes from a pixel to its right and lower neighbours. */
  #lines([left, top, right, bottom]: Box, ink: Rgb) {
    const { side } = this;
    const layer = this.#layer;
    const tone = this.#spare;
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
  #outline(region: Box, { width, colour }: { width: number; colour: Rgb }) {
    const { side } = this;
    const [left, top, right, bottom] = region;
    let from = this.#spare.subarray(0, side * side);
    let to = this.#spare.subarray(side * side, 2 * side * side);
    for (let y = top; y < bottom; y++)
      for (let p = y * side + left; p < y * side + right; p++) from[p] = this.#layer[p * 4 + 3];
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
    this.#under(region, (p) => grown[p], colour);
  }

  #shadow([left, top, right, bottom]: Box, { x: dx, y: dy, strength }: { x: number; y: number; strength: number }) {
    const { side } = this;
    const moved = this.#spare;
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) {
        const [fx, fy] = [Math.round(x - dx), Math.round(y - dy)];
        const within = fx >= left && fx < right && fy >= top && fy < bottom;
        moved[y * side + x] = within ? this.#layer[(fy * side + fx) * 4 + 3] * strength : 0;
      }
    this.#under([left, top, right, bottom], (p) => moved[p], [20, 20, 25]);
  }

  /** Puts a colour with the given opacity under the layer. */
  #under([left, top, right, bottom]: Box, opacity: (p: number) => number, colour: Rgb) {
    const { side } = this;
    const layer = this.#layer;
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) {
        const p = y * side + x;
        const i = p * 4;
        const free = opacity(p) * (1 - layer[i + 3] / 255);
        for (let k = 0; k < 3; k++) layer[i + k] += (colour[k] * free) / 255;
        layer[i + 3] += free;
      }
  }

  #blend([left, top, right, bottom]: Box) {
    const { side, colour } = this;
    const layer = this.#layer;
    for (let y = top; y < bottom; y++)
      for (let p = y * side + left; p < y * side + right; p++) {
        const alpha = layer[p * 4 + 3];
        if (alpha === 0) continue;
        const rest = 1 - alpha / 255;
        colour[p * 3] = colour[p * 3] * rest + layer[p * 4];
        colour[p * 3 + 1] = colour[p * 3 + 1] * rest + layer[p * 4 + 1];
        colour[p * 3 + 2] = colour[p * 3 + 2] * rest + layer[p * 4 + 2];
      }
  }

  #seen([left, top, right, bottom]: Box): Box | undefined {
    const box: Box = [right, bottom, left, top];
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++)
        if (this.#layer[(y * this.side + x) * 4 + 3] > 64) {
          if (x < box[0]) box[0] = x;
          if (y < box[1]) box[1] = y;
          if (x >= box[2]) box[2] = x + 1;
          box[3] = y + 1;
        }
    return box[2] > box[0] ? box : undefined;
  }

  #clear([left, top, right, bottom]: Box) {
    for (let y = top; y < bottom; y++) this.#layer.fill(0, (y * this.side + left) * 4, (y * this.side + right) * 4);
  }
}

/** A colour matrix that turns the hue a little and changes saturation, contrast and brightness. */
export function colourJitter(random: Random, strength = 1): Float64Array {
  const turn = random.between(-9, 9) * (Math.PI / 180) * strength;
  const saturation = 1 + random.between(-0.3, 0.25) * strength;
  const contrast = 1 + random.between(-0.25, 0.2) * strength;
  const brightness = random.between(-28, 28) * strength + 128 * (1 - contrast);
  return colourMatrix(turn, saturation, contrast, brightness);
}

/** Rows of (3 weights, offset). The hue is turned around the grey axis; luminance weights are those of Rec. 601. */
export function colourMatrix(turn: number, saturation: number, contrast: number, offset: number): Float64Array {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const third = (1 - cos) / 3;
  const root = Math.sqrt(1 / 3) * sin;
  const hue = [
    cos + third,
    third - root,
    third + root,
    third + root,
    cos + third,
    third - root,
    third - root,
    third + root,
    cos + third,
  ];
  const grey = [0.299, 0.587, 0.114];
  const out = new Float64Array(12);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      const mean = grey[0] * hue[column] + grey[1] * hue[3 + column] + grey[2] * hue[6 + column];
      out[row * 4 + column] = contrast * (mean + saturation * (hue[row * 3 + column] - mean));
    }
    out[row * 4 + 3] = offset;
  }
  return out;
}
