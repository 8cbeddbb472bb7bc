/**
 * What a family that reads a text and a picture together (ViLT, METER) gives to be asked questions: its traced model, its
 * picture's inputs, and how pictures become feeds. Programs and tasks here are the same for all of them.
 */
import type { NDArray, Params, Tensor } from '../../core/index.ts';
import type { ImageProcessor, ImageSource } from '../../image/index.ts';
import type { WordAlignment } from '../model.ts';
import type { PictureTextModel } from '../objectives/index.ts';

/** What a file can be asked, by the head that it holds. */
export type Head = 'classify' | 'match' | 'rank' | 'fill';

/** How the transport between words and places is read, for families that are trained with it. */
export interface AlignmentSource {
  /** Masks int64 [b, m] and [b, n] → the same without tokens that take no part. */
  words(mask: Tensor): Tensor;
  regions(mask: Tensor): Tensor;
  /** How many of the picture's tokens come before the first that stands for a place. */
  readonly firstPlace: number;
  /** Where the others lie, from the arrays of one picture. */
  places(look: Record<string, NDArray>): WordAlignment['places'];
}

export interface JointSource<Picture = unknown> {
  readonly family: string;
  readonly heads: readonly Head[];
  /** Pictures that the classifier sees together: 1 answers questions, 2 judge statements. */
  readonly images: number;
  /** What the classifier chooses from; undefined where nothing says what its numbers stand for. */
  readonly labels: readonly string[] | undefined;
  /** The most tokens of a text, special ones included. */
  readonly longestText: number;
  readonly pad: number;
  model(p: Params): PictureTextModel<Picture>;
  /** The graph's inputs for pictures [p, …], each name with the prefix. */
  inputs(prefix: string): Picture;
  /** The same inputs' arrays, without prefix. */
  look(images: readonly ImageSource[], signal?: AbortSignal): Promise<Record<string, NDArray>>;
  /** How `look` resizes pictures; undefined where it reads something else. */
  processor?(): ImageProcessor;
  readonly alignment?: AlignmentSource;
  /** A picture as it usually comes, for counting work: its shape, and what the names of its inputs' sizes stand for. */
  readonly usual: { readonly input: readonly number[]; readonly sizes: Readonly<Record<string, number>> };
}
