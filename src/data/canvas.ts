/** A small picture that sprites are drawn on, in plain typed arrays. */
import { type Box, Layer, type Placement, warp } from './layer.ts';
import type { Sprite } from './sprite.ts';
import { marginOf, paint, type Style, surround } from './styles.ts';

export class Canvas {
  readonly side: number;
  /** RGB, side × side × 3, kept in float until the picture is taken. */
  readonly colour: Float32Array;
  readonly #layer: Layer;

  constructor(side: number) {
    this.side = side;
    this.colour = new Float32Array(side * side * 3);
    this.#layer = new Layer(side);
  }

  /** Draws a sprite and returns the box of what can be seen of it, or undefined when nothing is inside the picture. */
  draw(sprite: Sprite, placement: Placement, style: Style = {}): Box | undefined {
    const layer = this.#layer;
    const region = warp(layer, sprite, placement);
    if (!region) return undefined;
    const wide = this.#grown(region, marginOf(style));
    paint(layer, region, style);
    const box = layer.seen(region);
    surround(layer, wide, style);
    this.#blend(wide);
    layer.clear(wide);
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

  #blend([left, top, right, bottom]: Box) {
    const { side, colour } = this;
    const layer = this.#layer.data;
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
}
