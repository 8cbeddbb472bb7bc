/** What CapFilt writes down about every picture: one record for each text that could go with it. */

/** Where a text comes from: it was found with the picture, or the captioner wrote it. */
export type TextSource = 'web' | 'synthetic';
export const textSources: readonly TextSource[] = ['web', 'synthetic'];

/** A text and what became of it. */
export interface Candidate {
  /** Of the pair; that of a picture's first pair for the caption written about it. */
  id: string;
  source: TextSource;
  /** The file that names the pair. */
  from: string;
  /** Path of the picture, unless it lies inside a larger file. */
  picture?: string;
  text: string;
  /** The probability that text and picture match, 0 to 1; none where it could not be judged. */
  score?: number;
  kept: boolean;
  /** Why there is no score. */
  fault?: string;
}

/** A row of the source that gives no pair. */
export interface BadPair {
  id: string;
  fault: string;
}
