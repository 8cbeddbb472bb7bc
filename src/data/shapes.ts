/** Plain shapes to learn colour words from: white sprites that the painter tints. */
import { type Sprite, spriteOf } from './sprite.ts';

/** Inside tests on the square from -1 to 1, y down. */
const inside = {
  circle: (x: number, y: number) => x * x + y * y <= 1,
  square: () => true,
  triangle: (x: number, y: number) => Math.abs(x) <= (y + 1) / 2,
  diamond: (x: number, y: number) => Math.abs(x) + Math.abs(y) <= 1,
  star: (x: number, y: number) => {
    // Five points: fold the angle into one tenth of the turn and compare with the edge between tip and notch.
    const sector = Math.PI / 5;
    const turn = (Math.atan2(x, -(y - 0.1) / 1.05) + 4 * Math.PI) % (2 * sector);
    const angle = Math.abs(turn > sector ? turn - 2 * sector : turn);
    const radius = Math.hypot(x, (y - 0.1) / 1.05) / 1.05;
    const [tip, notch] = [1, 0.42];
    const [ex, ey] = [notch * Math.cos(sector) - tip, notch * Math.sin(sector)];
    return (
      ex * (radius * Math.sin(angle)) - ey * (radius * Math.cos(angle) - tip) >= 0 === ex * 0 - ey * (0 - tip) >= 0
    );
  },
  heart: (px: number, py: number) => {
    const [x, y] = [px * 1.15, -py * 1.15 + 0.12];
    return (x * x + y * y - 1) ** 3 - x * x * y ** 3 <= 0;
  },
} as const;

export type ShapeName = keyof typeof inside;
export const shapeNames = Object.keys(inside) as ShapeName[];

const size = 64;
const grid = 4;
const sprites = new Map<string, Sprite>();

/** The shape in white; `hollow` leaves only its rim. */
export function shapeSprite(name: ShapeName, hollow = false): Sprite {
  const key = `${name}/${hollow}`;
  const known = sprites.get(key);
  if (known) return known;
  const test = inside[name];
  const rgba = new Uint8Array(size * size * 4).fill(255);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      let hits = 0;
      for (let k = 0; k < grid * grid; k++) {
        const u = ((x + ((k % grid) + 0.5) / grid) / size) * 2 - 1;
        const v = ((y + (Math.floor(k / grid) + 0.5) / grid) / size) * 2 - 1;
        if (test(u, v) && !(hollow && Math.abs(u / 0.72) < 1 && Math.abs(v / 0.72) < 1 && test(u / 0.72, v / 0.72)))
          hits++;
      }
      rgba[(y * size + x) * 4 + 3] = (hits * 255) / (grid * grid);
    }
  const sprite = spriteOf(rgba, size, size);
  sprites.set(key, sprite);
  return sprite;
}
