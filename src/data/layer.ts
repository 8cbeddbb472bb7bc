/** The sprite that is being drawn: its pixels in place on the picture, before styles and blending. */
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

/** One picture's size of premultiplied RGBA, and as much room again for passes that need it. */
export class Layer {
  readonly side: number;
  readonly data: Float32Array;
  readonly spare: Float32Array;

  constructor(side: number) {
    this.side = side;
    this.data = new Float32Array(side * side * 4);
    this.spare = new Float32Array(side * side * 4);
  }

  /** Visits the pixels of a region that are not transparent: place of their red value, and row. */
  each([left, top, right, bottom]: Box, visit: (i: number, y: number) => void): void {
    for (let y = top; y < bottom; y++)
      for (let i = (y * this.side + left) * 4, end = (y * this.side + right) * 4; i < end; i += 4)
        if (this.data[i + 3] > 0) visit(i, y);
  }

  /** The box of what can be seen. */
  seen([left, top, right, bottom]: Box): Box | undefined {
    const box: Box = [right, bottom, left, top];
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++)
        if (this.data[(y * this.side + x) * 4 + 3] > 64) {
          if (x < box[0]) box[0] = x;
          if (y < box[1]) box[1] = y;
          if (x >= box[2]) box[2] = x + 1;
          box[3] = y + 1;
        }
    return box[2] > box[0] ? box : undefined;
  }

  clear([left, top, right, bottom]: Box): void {
    for (let y = top; y < bottom; y++) this.data.fill(0, (y * this.side + left) * 4, (y * this.side + right) * 4);
  }
}

/**
 * Puts a sprite into the layer and returns the region it may cover, undefined where that is outside the picture. Reads
 * bilinearly from the size level that is nearest from above, so that no detail is skipped.
 */
export function warp({ side, data: layer }: Layer, sprite: Sprite, placement: Placement): Box | undefined {
  const { x: cx, y: cy, width, height, rotation = 0, shear = 0, flip = false, tilt = [0, 0], wobble } = placement;
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
