/** How well the filter finds wrong texts, and how often captions are right. */
import type { LoadedModel } from '../../src/models/model.ts';
import type { Pair } from './sets.ts';

/** A text that was judged, and whether it is in truth right. */
export interface Judged {
  score: number;
  right: boolean;
}

export interface Finding {
  threshold?: number;
  /** Of the texts that are dropped, the share that is wrong. */
  precision: number;
  /** Of the wrong texts, the share that is dropped. */
  recall: number;
  f1: number;
  /** Of the texts that are kept, the share that is right. */
  purity: number;
}

/** Dropping every text below the threshold. */
export function findingAt(judged: readonly Judged[], threshold: number): Finding {
  const count = (test: (one: Judged) => boolean) => judged.filter(test).length;
  const found = count(({ score, right }) => score < threshold && !right);
  const dropped = count(({ score }) => score < threshold);
  const wrong = count(({ right }) => !right);
  const [precision, recall] = [found / Math.max(1, dropped), found / Math.max(1, wrong)];
  const f1 = (2 * found) / Math.max(1, dropped + wrong);
  const purity = count(({ score, right }) => score >= threshold && right) / Math.max(1, judged.length - dropped);
  return { threshold, precision, recall, f1, purity };
}

/** The threshold with the best F1, found with the truth at hand: what is lost by 0.5. */
export function bestFinding(judged: readonly Judged[]): Finding {
  const thresholds = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
  return thresholds.map((one) => findingAt(judged, one)).reduce((best, one) => (one.f1 > best.f1 ? one : best));
}

/** What dropping as many texts at random finds, on average. */
export function randomFinding(judged: readonly Judged[], share: number): Finding {
  const wrong = judged.filter(({ right }) => !right).length / judged.length;
  return { precision: wrong, recall: share, f1: (2 * wrong * share) / (wrong + share), purity: 1 - wrong };
}

/** Whether each picture's greedy caption is a right one. */
export async function rightCaptions(model: LoadedModel, pairs: readonly Pair[]): Promise<boolean[]> {
  const right: boolean[] = [];
  for (let start = 0; start < pairs.length; start += 32) {
    const part = pairs.slice(start, start + 32);
    const captions = await model.caption!(
      part.map(({ picture }) => picture),
      { maxNewTokens: 20 },
    );
    right.push(...captions.map(({ text }, i) => part[i].right.includes(text)));
  }
  return right;
}
