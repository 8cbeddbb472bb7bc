/**
 * What a captioner must beat: the most frequent caption, a caption drawn at random, and the caption of the training
 * picture that looks most alike pixel by pixel.
 */
import { InputError } from '../core/errors.ts';
import { Random } from './random.ts';

export interface Pictured {
  /** RGB, side × side × 3. */
  pixels: Uint8Array;
  side: number;
  caption: string;
}

/** The caption that occurs most often in training; the first of equals. */
export function mostFrequentCaption(captions: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const caption of captions) counts.set(caption, (counts.get(caption) ?? 0) + 1);
  let best = '';
  for (const [caption, count] of counts) if (count > (counts.get(best) ?? 0)) best = caption;
  return best;
}

/** A training caption for each of `count` pictures, drawn with its frequency. */
export function randomCaptions(captions: readonly string[], count: number, seed = 0): string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => random.pick(captions));
}

const grid = 16;

/** Means over a 16×16 grid, less the picture's own mean, at unit length: what two pictures are compared by. */
export function pixelFeatures({ pixels, side }: Omit<Pictured, 'caption'>): Float32Array {
  if (side < grid) throw new InputError(`a picture of ${side} pixels a side is smaller than the ${grid}×${grid} grid`);
  const out = new Float32Array(grid * grid * 3);
  const counts = new Float32Array(grid * grid);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const cell = Math.floor((y * grid) / side) * grid + Math.floor((x * grid) / side);
      counts[cell]++;
      for (let k = 0; k < 3; k++) out[cell * 3 + k] += pixels[(y * side + x) * 3 + k];
    }
  for (let i = 0; i < out.length; i++) out[i] /= counts[Math.floor(i / 3)];
  const mean = out.reduce((sum, value) => sum + value, 0) / out.length;
  let length = 0;
  for (let i = 0; i < out.length; i++) length += (out[i] -= mean) ** 2;
  const scale = 1 / Math.sqrt(length || 1);
  return out.map((value) => value * scale);
}

/** A function from a picture to the caption of its nearest neighbour among the training pictures, by cosine. */
export function pixelNeighbour(train: Iterable<Pictured>): (query: Omit<Pictured, 'caption'>) => string {
  const known = Array.from(train, (picture) => ({ caption: picture.caption, features: pixelFeatures(picture) }));
  if (known.length === 0) throw new InputError('pixelNeighbour: no training pictures were given');
  return (query) => {
    const features = pixelFeatures(query);
    let best = known[0];
    let most = Number.NEGATIVE_INFINITY;
    for (const candidate of known) {
      let product = 0;
      for (let i = 0; i < features.length; i++) product += features[i] * candidate.features[i];
      if (product > most) [most, best] = [product, candidate];
    }
    return best.caption;
  };
}
