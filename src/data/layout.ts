/** Where objects of a scene go. */
import type { Box, Placement } from './layer.ts';
import type { Random } from './random.ts';
import type { Thing } from './things.ts';

/** Part of the picture that a group of objects has to itself, as shares of the side. */
export type Zone = [left: number, top: number, right: number, bottom: number];
export const whole: Zone = [0, 0, 1, 1];

const overlapOf = (a: Box, b: Box): number => {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const area = (box: Box) => (box[2] - box[0]) * (box[3] - box[1]);
  return width > 0 && height > 0 ? (width * height) / Math.min(area(a), area(b)) : 0;
};

/** Longest sides of objects by how many share a picture; never outside 15% to 60% of the side. */
export const sizes: Record<number, [number, number]> = {
  1: [0.4, 0.6],
  2: [0.28, 0.46],
  3: [0.24, 0.38],
  4: [0.2, 0.33],
  5: [0.18, 0.3],
};

/** Finds a place inside the zone with little overlap; the size shrinks while none is found. */
export function place(thing: Thing, size: number, zone: Zone, taken: Box[], random: Random, side: number): Placement {
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
    if (worst <= (tries < 30 ? 0.05 : 0.3) || tries > 500) {
      taken.push(box);
      return { x, y, width, height };
    }
    if (tries % 10 === 9) longest = Math.max(0.15 * side, longest * 0.88);
  }
}

/** Zones left and right, or above and below, with a gap that leaves no doubt. */
export const halves: Record<'beside' | 'above', [Zone, Zone]> = {
  beside: [
    [0.01, 0.06, 0.49, 0.94],
    [0.51, 0.06, 0.99, 0.94],
  ],
  above: [
    [0.06, 0.01, 0.94, 0.49],
    [0.06, 0.51, 0.94, 0.99],
  ],
};
