/**
 * What is hidden from a model in pre-training, drawn on the host for every batch: words, whole words, regions, and which
 * pairs are swapped. A `draw` gives numbers in [0, 1); equal draws give equal batches.
 */
import { UsageError } from '../../core/index.ts';

export type Draw = () => number;

export interface MaskingOptions {
  draw: Draw;
  /** The id of the mask. */
  mask: number;
  /** Random words have ids from `low` to `high` − 1. */
  replacements: readonly [low: number, high: number];
  /** Ids that are never hidden: start, end, padding. */
  special: ReadonlySet<number>;
  /** The share of tokens that is to be predicted. Default 0.15. */
  share?: number;
}

export interface MaskedRow {
  ids: number[];
  /** What was there, where it is to be predicted; else -100. */
  labels: number[];
}

const nothing = -100;

/** BERT's scheme (arXiv 1810.04805, section 3.1): of the hidden tokens 80% become the mask, 10% a random word. */
function hide(ids: readonly number[], hidden: ReadonlySet<number>, options: MaskingOptions): MaskedRow {
  const { draw, mask, replacements } = options;
  const [low, high] = replacements;
  const shown = ids.map((id, at) => {
    if (!hidden.has(at)) return id;
    const kind = draw();
    return kind < 0.8 ? mask : kind < 0.9 ? low + Math.floor(draw() * (high - low)) : id;
  });
  return { ids: shown, labels: ids.map((id, at) => (hidden.has(at) ? id : nothing)) };
}

/** UNITER: every token for itself; where chance hides none, the first word is. */
export function maskTokens(ids: readonly number[], options: MaskingOptions): MaskedRow {
  const { draw, special, share = 0.15 } = options;
  const candidates = ids.flatMap((id, at) => (special.has(id) ? [] : [at]));
  const hidden = candidates.filter(() => draw() < share);
  return hide(ids, new Set(hidden.length ? hidden : candidates.slice(0, 1)), options);
}

export interface WholeWordOptions extends MaskingOptions {
  /** Whether a token goes on with the word before it (`##ing`); RoBERTa's tokens never say so. */
  continues(id: number): boolean;
  /** Ids that no word starts with: start and end. Padding may be drawn, and is then not hidden. */
  edges: ReadonlySet<number>;
}

/**
 * ViLT and METER: whole words in random order, as long as they fit in the share of the padded length, which is what their
 * collator counts. What it draws of padding is lost, so short texts have fewer hidden words, and some have none.
 */
export function maskWholeWords(ids: readonly number[], options: WholeWordOptions): MaskedRow {
  const { draw, special, edges, continues, share = 0.15 } = options;
  const words: number[][] = [];
  for (const [at, id] of ids.entries()) {
    if (edges.has(id)) continue;
    if (words.length > 0 && continues(id)) words[words.length - 1].push(at);
    else words.push([at]);
  }
  const most = Math.max(1, roundHalfToEven(ids.length * share));
  const hidden = new Set<number>();
  for (const word of shuffled(words, draw)) {
    if (hidden.size >= most) break;
    if (hidden.size + word.length <= most) for (const at of word) hidden.add(at);
  }
  return hide(ids, new Set([...hidden].filter((at) => !special.has(ids[at]))), options);
}

/** UNITER: each of `count` regions with the chance `share`, and one of them always. → their indices, in order */
export function maskRegions(count: number, draw: Draw, share = 0.15): number[] {
  const hidden = Array.from({ length: count }, (_, i) => i).filter(() => draw() < share);
  return hidden.length > 0 || count === 0 ? hidden : [Math.floor(draw() * count)];
}

/** Labels of a matching batch, 1 where the picture stays the text's own. */
export const matchingLabels = {
  /** ViLT and METER: half of the batch, rounded down, anywhere in it. */
  half: (batch: number, draw: Draw): number[] =>
    shuffled(
      Array.from({ length: batch }, (_, i) => Number(i < Math.floor(batch / 2))),
      draw,
    ),
  /** UNITER: every pair for itself. */
  each: (batch: number, draw: Draw): number[] => Array.from({ length: batch }, () => Number(draw() >= 0.5)),
};

/** One of several objectives a step, as often as its weight says. */
export function pickTask<K extends string>(weights: Readonly<Record<K, number>>, draw: Draw): K {
  const entries = Object.entries(weights) as [K, number][];
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  if (!(total > 0)) throw new UsageError('pickTask: give at least one objective a weight above 0');
  let left = draw() * total;
  for (const [task, weight] of entries) {
    left -= weight;
    if (left < 0) return task;
  }
  return entries.filter(([, weight]) => weight > 0).at(-1)![0];
}

/** UNITER's mixture of objectives for COCO and Visual Genome (its configuration for in-domain data). */
export const uniterTasks = { matching: 2, words: 2, features: 1, distributions: 1 } as const;

function shuffled<T>(items: readonly T[], draw: Draw): T[] {
  const list = [...items];
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** As Python rounds: 7.5 is 8, and 2.5 is 2. */
function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
