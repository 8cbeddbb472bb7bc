/** Scores for captions, answers and retrieval. Pure functions; nothing is imported from other rooms. */
export { bleu1, bleu2, bleu3, bleu4 } from './bleu.ts';
export { type CaptionScores, captionMetrics } from './captions.ts';
export { cider, ciderD, ciderPlain } from './cider.ts';
export type { CaptionMetric, Scores } from './corpus.ts';
export { meteor } from './meteor.ts';
export { ptbAllTokens, ptbTokens } from './ptb.ts';
export { recallAtK, recallOfLists } from './retrieval.ts';
export { rougeL } from './rouge.ts';
export { meanByGroup, normalizeAnswer, vqaAccuracy } from './vqa.ts';
export { exactMatch, wordF1 } from './words.ts';
