/** What a model costs to run, counted on its graphs without running them. */
import { evaluateSize, flopsOf, graph, type Tensor } from '../core/index.ts';

/** Floating-point operations, a multiply-add counted as two. */
export interface Work {
  /** Shape of what one picture (or video, or the regions of a picture, or a pair to be judged) is fed as; absent where only texts are read. */
  input?: number[];
  /** Of one picture. */
  pictureTokens?: number;
  /** Seeing one picture, where that is apart from text. */
  picture?: number;
  /** Writing one token, the tenth of a sentence. */
  token?: number;
  /** Reading a text of `textTokens`: alone, about a picture that was seen, or together with it where nothing is seen apart. */
  text?: number;
}

/** Tokens of the text that `Work.text` counts. */
export const textTokens = 20;

/** The operations of a graph whose named sizes are these. */
export const flopsAt = (outputs: Record<string, Tensor>, sizes: Readonly<Record<string, number>>): number =>
  evaluateSize(flopsOf(graph(outputs)), sizes);
