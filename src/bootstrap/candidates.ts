/** What CapFilt writes down about every picture: one record for each text that could go with it. */

/** Where a text that is judged comes from: it was found with the picture, or the captioner wrote it. */
export type JudgedSource = 'web' | 'synthetic';
export const judgedSources: readonly JudgedSource[] = ['web', 'synthetic'];

/** Texts that people wrote are added to the set without being judged. */
export type TextSource = JudgedSource | 'human';
export const textSources: readonly TextSource[] = [...judgedSources, 'human'];

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
  /** The probability that text and picture match, 0 to 1; none where it could not be judged, and of human texts. */
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
