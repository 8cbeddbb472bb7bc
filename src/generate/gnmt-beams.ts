/** The beams of one prompt in the search of the original GIT code; gnmt.ts says how it differs from transformers'. */
import { logSumExp } from './logits.ts';
import type { Settings } from './options.ts';
import type { Processor } from './processors.ts';
import { argmax, largest } from './select.ts';

/** A sentence being written. */
interface Open {
  ids: readonly number[];
  /** Sum of the log-probabilities of what is written, float32. */
  sum: number;
  /** Which beam it continues. */
  beam: number;
}

interface Ended {
  /** With its end token. */
  ids: readonly number[];
  sum: number;
  /** The sum over the length norm; what sentences are ranked by. */
  score: number;
}

const never = Number.NEGATIVE_INFINITY;

export class GnmtBeams {
  /** The best sentences that ended, best first; at most one for each sequence asked for. */
  ended: Ended[] = [];
  /** What goes on; always `beams` of them. */
  open: Open[];
  /** No open sentence can change `ended` any more. */
  closed = false;
  readonly #row: number;
  readonly #padding: number;
  readonly #processors: readonly Processor[];
  readonly #settings: Settings;

  /** `padding`: how many of the prompt's ids only fill its row. */
  constructor(
    prompt: readonly number[],
    { row, padding }: { row: number; padding: number },
    processors: readonly Processor[],
    settings: Settings,
  ) {
    this.#row = row;
    this.#padding = padding;
    this.#processors = processors;
    this.#settings = settings;
    // All beams start equal: only the first may go on, or they would all write the same sentence.
    this.open = Array.from({ length: settings.beams }, (_, beam) => ({
      ids: prompt,
      sum: beam === 0 ? 0 : never,
      beam,
    }));
  }

  /** Reads the logits of each beam, or at the start those they share. */
  advance(logits: readonly Float32Array[]): void {
    const { beams, sequences, eos, maxLength, earlyStopping } = this.#settings;
    const sums = this.#sums(logits);
    const vocabulary = sums.length / beams;
    const places = largest(sums, Math.max(2, 1 + eos.length) * beams);

    // Judged before the sentences that end now, by the limit's norm: a longer sentence divides by more.
    const reachable = sums[places[0]] / this.#norm(maxLength - 1);
    const full = this.ended.length === sequences;
    this.closed = full && (earlyStopping === true || this.ended[sequences - 1].score >= reachable);
    if (this.closed) return;

    const length = this.open[0].ids.length;
    const next: Open[] = [];
    for (const place of places) {
      if (next.length === beams) break;
      const beam = Math.floor(place / vocabulary);
      const token = place % vocabulary;
      const sum = sums[place];
      const { ids } = this.open[beam];
      const ends = eos.includes(token);
      if (ends || length + 1 >= maxLength) this.#end(ids, ends ? token : eos[0], sum);
      else next.push({ ids: [...ids, token], sum, beam });
    }
    this.open = next;
    // Nothing may follow any beam: a constraint has run out.
    if (sums[places[0]] === never) this.closed = true;
  }

  /** What each token would bring each beam's sum to, [beams x vocabulary]. Rules act on logits here. */
  #sums(logits: readonly Float32Array[]): Float32Array {
    const { promptLength } = this.#settings;
    const vocabulary = logits[0].length;
    const sums = new Float32Array(this.open.length * vocabulary);
    const candidates = this.open.map(({ ids }, beam) => {
      const scores = sums.subarray(beam * vocabulary, (beam + 1) * vocabulary);
      scores.set(logits[beam] ?? logits[0]);
      return { ids, written: ids.slice(promptLength), scores };
    });
    for (const process of this.#processors) process(candidates, this.#row);
    candidates.forEach(({ scores }, beam) => {
      if (scores[argmax(scores)] === never) return;
      const total = logSumExp(scores);
      for (let i = 0; i < vocabulary; i++) scores[i] -= total;
      for (let i = 0; i < vocabulary; i++) scores[i] += this.open[beam].sum;
    });
    return sums;
  }

  /** Ranks a sentence that ends now; of equal scores the earlier stays ahead. */
  #end(ids: readonly number[], end: number, sum: number): void {
    if (sum === never) return;
    const score = sum / this.#norm(ids.length);
    this.ended.push({ ids: [...ids, end], sum, score });
    this.ended.sort((a, b) => b.score - a.score);
    this.ended.length = Math.min(this.ended.length, this.#settings.sequences);
  }

  #norm(length: number): number {
    return ((5 + length - this.#padding) / 6) ** this.#settings.lengthPenalty;
  }
}
