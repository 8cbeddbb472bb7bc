/** What programs of every family are compiled with. */
import type { WeightSource } from '../core/index.ts';
import type { CompileOptions, Repacking } from '../runtime/index.ts';

export type RuntimeOptions = Pick<CompileOptions, 'device' | 'threads' | 'signal' | 'watch'>;

/** Where each parameter's numbers lie, by its path. */
export type WeightMap = ReadonlyMap<string, WeightSource>;

/** What a family is loaded with. */
export interface FamilyOptions extends RuntimeOptions {
  /**
   * What the outputs of an answering head stand for, in their order, in place of the file's own list. Models that write
   * their answers have no such head and do not read it: they take a list with every question (`rankAnswers`).
   */
  answers?: readonly string[];
}

/**
 * When a program that writes text repacks its weights: after about six captions of one row, or two with four beams. A
 * step of one row gains a tenth from it, of several rows the half, and opening takes 0.4 s more for a model of base size.
 */
export const repackText: Repacking = { afterRows: 256, of: 'ids' };

/**
 * When a program that sees pictures repacks its weights. A picture of 224 pixels gains a ninth from it, and opening takes
 * as long as ten of them gain.
 */
export const repackSight: Repacking = { afterRows: 16, of: 'pixels' };

/**
 * When a program that reads texts and sees pictures together repacks its weights. A pair of ViLT's 200
 * tokens gains a tenth from it, of UNITER's 50 a sixth; opening takes as long as 7 of the former or 14 of the latter gain.
 */
export const repackPairs: Repacking = { afterRows: 16, of: 'ids' };

/**
 * How many pictures, each of so many tokens, are seen in one run. In a product of more rows than this the left operand no
 * longer stays in the processor's cache while the weights pass: with 1,576 rows, a row takes a fifth longer than with 400.
 */
export const picturesAtOnce = (tokens: number): number => Math.max(1, Math.floor(400 / tokens));
