/** Whether a model tells the captions of a picture from those of another one. */
import type { Entry } from './ledger.ts';
import type { ScoreRow } from './scores.ts';
import type { SetOf, Shown } from './sets.ts';

export interface Compared extends Shown {
  /** Captions of another picture, as many as its own or fewer. */
  others: readonly string[];
}

/** Pictures whose captions may serve as the wrong ones of a later picture. */
const remembered = 16;

/**
 * Each picture with captions of the nearest one before it that shares none with it; the first takes those of the second.
 * Pictures for which there is none are left out.
 */
export function withOthers(set: SetOf<Shown>): SetOf<Compared> {
  return {
    count: set.count,
    report: set.report,
    async *[Symbol.asyncIterator]() {
      const before: Shown[] = [];
      const waiting: Shown[] = [];
      for await (const row of set) {
        for (const early of waiting.splice(0)) {
          const others = wrongFor(early, [row]);
          if (others) yield { ...early, others };
          else waiting.push(early);
        }
        const others = wrongFor(row, before);
        if (others) yield { ...row, others };
        else if (before.length < remembered) waiting.push(row);
        before.unshift({ ...row, image: '' });
        before.length = Math.min(before.length, remembered);
      }
    },
  };
}

function wrongFor({ captions }: Shown, candidates: readonly Shown[]): readonly string[] | undefined {
  const plain = (text: string) => text.toLowerCase();
  const own = new Set(captions.map(plain));
  const found = candidates.find((other) => !other.captions.some((text) => own.has(plain(text))));
  return found?.captions.slice(0, captions.length);
}

/**
 * Of every own caption and every other one of a picture, how often the own one scores higher (half a point where they are
 * equal); and, of match probabilities, how many fall on the right side of one half.
 */
export function orderScores(entries: readonly Entry[]): ScoreRow[] {
  if (entries.length === 0) return [];
  const all = entries.map(({ own, other }) => ({ own: own as number[], other: other as number[] }));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const inOrder = all.flatMap(({ own, other }) =>
    own.flatMap((mine) => other.map((wrong) => (mine > wrong ? 1 : mine === wrong ? 0.5 : 0))),
  );
  const rows: ScoreRow[] = [
    ['inOrder', `own caption above another picture's, by ${entries[0].measure}`, mean(inOrder)],
  ];
  if (entries[0].measure !== 'match') return rows;
  const right = all.flatMap(({ own, other }) => [
    ...own.map((value) => Number(value >= 0.5)),
    ...other.map((value) => Number(value < 0.5)),
  ]);
  return [...rows, ['accuracy', 'accuracy at a match probability of 0.5', mean(right)]];
}
