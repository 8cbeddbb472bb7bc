/** Scores of texts as rows of a table, each with a name that says what was computed. */
import { captionMetrics, ciderPlain, meanByGroup, ptbTokens, vqaAccuracy } from '../../metrics/index.ts';

/** Field of the JSON output, name in the table, value. */
export type ScoreRow = readonly [field: string, name: string, value: number];

/** Every caption score, in the order in which papers list them. Throws RangeError when there is nothing to score. */
export function captionScores(candidates: readonly string[], references: readonly (readonly string[])[]): ScoreRow[] {
  const { bleu1, bleu2, bleu3, bleu4, rougeL, meteor, cider } = captionMetrics(candidates, references);
  return [
    ['bleu1', 'BLEU-1', bleu1.score],
    ['bleu2', 'BLEU-2', bleu2.score],
    ['bleu3', 'BLEU-3', bleu3.score],
    ['bleu4', 'BLEU-4', bleu4.score],
    ['rougeL', 'ROUGE-L', rougeL.score],
    ['meteorExactStem', 'METEOR (exact and stem matches; no synonyms, no paraphrases)', meteor.score],
    ['ciderD', "CIDEr-D (the COCO evaluation's CIDEr)", cider.score],
    ['cider', "CIDEr (the paper's plain form)", ciderPlain(candidates, references).score],
  ];
}

export interface Judged {
  answer: string;
  references: readonly string[];
  questionType?: string;
  answerType?: string;
}

/** VQA accuracy of all answers, then by type of answer and of question where these are known. */
export function answerScores(judged: readonly Judged[]): ScoreRow[] {
  const { score, each } = vqaAccuracy(
    judged.map(({ answer }) => answer),
    judged.map(({ references }) => references),
  );
  const groups = (type: 'answerType' | 'questionType') => {
    const known = judged.flatMap((one, i) => (one[type] === undefined ? [] : [[each[i], one[type]] as const]));
    const means = meanByGroup(
      known.map(([value]) => value),
      known.map(([, group]) => group),
    );
    return Object.entries(means)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([group, value]): ScoreRow => [`${type}:${group}`, `  ${group}`, value]);
  };
  return [
    ['accuracy', 'VQA accuracy (official normalisation and leave-one-out mean)', score],
    ...groups('answerType'),
    ...groups('questionType'),
  ];
}

/** Recall both ways. */
export const recallScores = (
  texts: Readonly<Record<number, number>>,
  pictures: Readonly<Record<number, number>>,
): ScoreRow[] => [
  ...Object.entries(texts).map(([k, value]): ScoreRow => [`textRecall${k}`, `text of a picture, recall@${k}`, value]),
  ...Object.entries(pictures).map(
    ([k, value]): ScoreRow => [`pictureRecall${k}`, `picture of a text, recall@${k}`, value],
  ),
];

/** A caption that has no token left scores nothing anywhere; it is counted so that nobody wonders. */
export const countEmpty = (texts: readonly string[]): number =>
  texts.filter((text) => ptbTokens(text).length === 0).length;
