/** The beams of one prompt. Scores are float32 and summed in transformers' order, so that near ties fall alike. */
import { drawSeveral } from './draw.ts';
import { logSumExp } from './logits.ts';
import type { Settings } from './options.ts';
import type { Processor } from './processors.ts';
import { largest } from './select.ts';
import { warp } from './warpers.ts';

/** A sentence still being written. */
interface Open {
  ids: readonly number[];
  /** Sum of the log-probabilities of what is written. */
  sum: number;
  /** Which beam it continues. */
  beam: number;
  token: number;
}

interface Ended {
  ids: readonly number[];
  sum: number;
  /** The sum over the length to the power of the penalty; what sentences are ranked by. */
  score: number;
  /** False for a place that no sentence has taken yet. */
  real: boolean;
}

/** Far below every sum of log-probabilities; added to what must not be chosen. */
const outOfReach = -1e9;

export class PromptBeams {
  /** The best sentences that ended, best first; always `beams` of them. */
  ended: Ended[];
  /** No open sentence can change `ended` any more. */
  closed = false;
  readonly #row: number;
  readonly #processors: readonly Processor[];
  readonly #settings: Settings;
  #open: Pick<Open, 'ids' | 'sum'>[];

  constructor(prompt: readonly number[], row: number, processors: readonly Processor[], settings: Settings) {
    this.#row = row;
    this.#processors = processors;
    this.#settings = settings;
    const places = Array.from({ length: settings.beams });
    this.ended = places.map(() => ({ ids: prompt, sum: outOfReach, score: outOfReach, real: false }));
    // All beams start equal: only the first may go on, or they would all write the same sentence.
    this.#open = places.map((_, beam) => ({ ids: prompt, sum: beam === 0 ? 0 : outOfReach }));
  }

  /** Reads the logits of each beam, or at the start those they share; gives what each beam reads next. */
  advance(logits: readonly Float32Array[]): readonly Open[] {
    const { beams, eos, maxLength } = this.#settings;
    const next = this.#continuations(logits);
    const stops = next.map(({ ids, token }) => eos.includes(token) || ids.length >= maxLength);
    this.#close(next.slice(0, beams).filter((_, i) => stops[i]));
    const sums = next.map(({ sum }, i) => Math.fround(sum + (stops[i] ? outOfReach : 0)));
    const open = Array.from(largest(sums, beams), (i) => ({ ...next[i], sum: sums[i] }));
    this.#open = open;
    this.closed = !this.#canImprove();
    return open;
  }

  /** The best continuations of all beams: enough that `beams` of them go on whichever end. */
  #continuations(logits: readonly Float32Array[]): Open[] {
    const { beams, eos, sample, seed, promptLength } = this.#settings;
    const vocabulary = logits[0].length;
    const sums = new Float32Array(beams * vocabulary);
    const candidates = this.#open.map(({ ids }, beam) => {
      const scores = sums.subarray(beam * vocabulary, (beam + 1) * vocabulary);
      const own = logits[beam] ?? logits[0];
      const total = logSumExp(own);
      for (let i = 0; i < vocabulary; i++) scores[i] = own[i] - total;
      return { ids, written: ids.slice(promptLength), scores };
    });
    for (const process of this.#processors) process(candidates, this.#row);
    candidates.forEach(({ scores }, beam) => {
      if (sample) warp(scores, this.#settings);
      const { sum } = this.#open[beam];
      for (let i = 0; i < vocabulary; i++) scores[i] += sum;
    });

    const count = Math.max(2, 1 + eos.length) * beams;
    const step = candidates[0].written.length;
    const chosen = sample ? drawSeveral(sums, count, seed, this.#row, step) : largest(sums, count);
    return Array.from(chosen, (index) => {
      const beam = Math.floor(index / vocabulary);
      const token = index % vocabulary;
      return { ids: [...this.#open[beam].ids, token], sum: sums[index], beam, token };
    });
  }

  /** Ranks sentences that just ended among the earlier ones; of equal scores the earlier stays ahead. */
  #close(sentences: readonly Open[]): void {
    const fresh = sentences.map(({ ids, sum }) => ({ ids, sum, score: this.#score(sum, ids.length), real: true }));
    const all = [...this.ended, ...fresh];
    this.ended = Array.from(
      largest(
        all.map(({ score }) => score),
        this.#settings.beams,
      ),
      (i) => all[i],
    );
  }

  /** Whether the best open sentence might still enter the ended ones; what "might" means is `earlyStopping`. */
  #canImprove(): boolean {
    const { earlyStopping, lengthPenalty, maxLength } = this.#settings;
    const full = this.ended.every(({ real }) => real);
    if (full && earlyStopping === true) return false;
    const [{ ids, sum }] = this.#open;
    // With a penalty above 0 the score of a sentence can rise with its length, so "never" looks at the longest.
    const length = earlyStopping === 'never' && lengthPenalty > 0 ? maxLength : ids.length;
    const worst = full ? this.ended[this.ended.length - 1].score : outOfReach;
    return this.#score(sum, length) > worst;
  }

  #score(sum: number, length: number): number {
    const { promptLength, lengthPenalty } = this.#settings;
    return Math.fround(sum / Math.fround((length - promptLength) ** lengthPenalty));
  }
}
