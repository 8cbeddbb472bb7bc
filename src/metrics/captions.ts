/** All caption scores at once, tokenising the texts a single time. */
import { bleuScores } from './bleu.ts';
import { ciderDScores } from './cider.ts';
import { type Scores, tokenizeCorpus } from './corpus.ts';
import { meteorScores } from './meteor.ts';
import { rougeLScores } from './rouge.ts';
import { exactMatchScores, wordF1Scores } from './words.ts';

export interface CaptionScores {
  exactMatch: Scores;
  wordF1: Scores;
  bleu1: Scores;
  bleu2: Scores;
  bleu3: Scores;
  bleu4: Scores;
  rougeL: Scores;
  /** With exact and stem matching only: see meteor.ts. */
  meteor: Scores;
  /** CIDEr-D, which the COCO evaluation prints as "CIDEr" (0 to 10; papers multiply by 100 or 10). */
  cider: Scores;
}

/** Every caption metric of this room. Throws RangeError as each of them does. */
export function captionMetrics(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
): CaptionScores {
  const corpus = tokenizeCorpus(candidates, references);
  const [bleu1, bleu2, bleu3, bleu4] = bleuScores(corpus);
  return {
    exactMatch: exactMatchScores(corpus),
    wordF1: wordF1Scores(corpus),
    bleu1,
    bleu2,
    bleu3,
    bleu4,
    rougeL: rougeLScores(corpus),
    meteor: meteorScores(corpus),
    cider: ciderDScores(corpus),
  };
}
