/** How often answers are right, what guessing reaches, and how far chance alone can move either. */
import type { QuestionKind } from '../../src/data/index.ts';
import type { Asked } from './set.ts';

/** In per cent. */
export interface Accuracy {
  all: number;
  /** One standard error of `all`, of questions drawn at random. */
  error: number;
  kinds: Record<string, number>;
}

export function accuracyOf(asked: readonly Asked[], given: readonly string[]): Accuracy {
  const right = asked.map(({ answer }, i) => Number(answer === given[i]));
  const kinds = [...new Set(asked.map(({ kind }) => kind))].sort();
  const share = mean(right);
  return {
    all: 100 * share,
    error: 100 * Math.sqrt((share * (1 - share)) / asked.length),
    kinds: Object.fromEntries(kinds.map((kind) => [kind, 100 * mean(right.filter((_, i) => asked[i].kind === kind))])),
  };
}

/** The most frequent answer of training to everything, and the most frequent one for each kind of question. */
export function guesses(train: readonly Asked[], asked: readonly Asked[]) {
  const frequent = (kind?: QuestionKind) => {
    const counts = new Map<string, number>();
    for (const one of train)
      if (kind === undefined || one.kind === kind) counts.set(one.answer, (counts.get(one.answer) ?? 0) + 1);
    return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), ['', 0])[0];
  };
  const majority = frequent();
  const byKind = new Map(asked.map(({ kind }) => [kind, frequent(kind)]));
  return {
    majority: accuracyOf(
      asked,
      asked.map(() => majority),
    ),
    majorityOfKind: accuracyOf(
      asked,
      asked.map(({ kind }) => byKind.get(kind)!),
    ),
  };
}

/** How much more often `a` is right than `b` on the same questions, in per cent, and one standard error of that. */
export function differenceOf(a: readonly boolean[], b: readonly boolean[]): { points: number; error: number } {
  const gains = a.map((right, i) => Number(right) - Number(b[i]));
  const average = mean(gains);
  const variance = mean(gains.map((gain) => (gain - average) ** 2));
  return { points: 100 * average, error: 100 * Math.sqrt(variance / gains.length) };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
