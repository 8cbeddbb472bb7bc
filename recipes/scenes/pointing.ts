/** Where words point: whether the transport moves the noun of an object to the object. */
import type { ImageSource } from '../../src/image/index.ts';
import type { LoadedModel } from '../../src/models/model.ts';
import { type Scene, side } from './set.ts';

export interface Pointing {
  /** Nouns that were looked at, and how many of them go most strongly to a place inside their object's box, in per cent. */
  nouns: number;
  inside: number;
  /** The same for a place drawn at random, in per cent. */
  chance: number;
}

/**
 * For every object whose noun is said once and fits it alone: does the noun's strongest place lie in its box?
 * @param source what the model reads for a scene
 */
export async function pointing(
  model: LoadedModel,
  scenes: readonly Scene[],
  source: (scene: Scene, index: number) => ImageSource,
): Promise<Pointing> {
  let [nouns, inside, chance] = [0, 0, 0];
  for (const [index, scene] of scenes.entries()) {
    const { objects, caption } = scene.sample;
    const { words, places, shares } = await model.align!(source(scene, index), caption);
    for (const { concept, box } of objects) {
      const at = words.indexOf(concept);
      if (at < 0 || words.lastIndexOf(concept) !== at || objects.filter((one) => one.concept === concept).length > 1)
        continue;
      const within = places.map(([x1, y1, x2, y2]) => {
        const [x, y] = [((x1 + x2) / 2) * side, ((y1 + y2) / 2) * side];
        return box[0] <= x && x < box[2] && box[1] <= y && y < box[3];
      });
      const strongest = shares[at].indexOf(Math.max(...shares[at]));
      nouns++;
      inside += Number(within[strongest]);
      chance += within.filter(Boolean).length / within.length;
    }
  }
  return { nouns, inside: (100 * inside) / nouns, chance: (100 * chance) / nouns };
}
