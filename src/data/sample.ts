/** What every sample is, and the kinds there are. */
import type { ColourName } from './colours.ts';
import type { Box } from './layer.ts';

export type Kind = 'single' | 'shape' | 'count' | 'relation' | 'list' | 'colour';

export interface SceneObject {
  /** Concept id, or the name of a shape. */
  concept: string;
  /** The phrase for one of it: "a fire engine". */
  name: string;
  /** What is seen of it, in pixels. */
  box: Box;
  /** Set where the colour is certain. */
  colour?: ColourName;
}

export interface Sample {
  /** RGB, side × side × 3. */
  pixels: Uint8Array;
  side: number;
  kind: Kind;
  /** The one caption to train on. */
  caption: string;
  /** Every caption that counts as right; the first is `caption`. */
  captions: string[];
  objects: SceneObject[];
}
