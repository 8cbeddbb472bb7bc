/** A picture that is drawn into. */
import { type Pixels, pixels } from '../../image/index.ts';

export type Colour = readonly [red: number, green: number, blue: number];

export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #data: Uint8Array;

  constructor(width: number, height: number, colour: Colour) {
    [this.width, this.height] = [width, height];
    this.#data = new Uint8Array(width * height * 3);
    this.fill(0, 0, width, height, colour);
  }

  /** What lies outside is left out. */
  set(x: number, y: number, colour: Colour): void {
    if (x >= 0 && x < this.width && y >= 0 && y < this.height) this.#data.set(colour, (y * this.width + x) * 3);
  }

  fill(left: number, top: number, width: number, height: number, colour: Colour): void {
    for (let y = top; y < top + height; y++) for (let x = left; x < left + width; x++) this.set(x, y, colour);
  }

  /** The edge of a rectangle, two pixels wide, inside it. */
  outline(left: number, top: number, width: number, height: number, colour: Colour): void {
    const line = 2;
    this.fill(left, top, width, line, colour);
    this.fill(left, top + height - line, width, line, colour);
    this.fill(left, top, line, height, colour);
    this.fill(left + width - line, top, line, height, colour);
  }

  pixels(): Pixels {
    return pixels(this.width, this.height, this.#data);
  }
}
