/** One token after the other: the best one, or one drawn by its probability. */
import { InputError } from '../core/index.ts';
import type { TextDecoder } from './decoder.ts';
import { drawToken } from './draw.ts';
import type { Generated } from './generate.ts';
import { logSumExp, rowsOf } from './logits.ts';
import type { Settings } from './options.ts';
import { type Processor, processorsOf } from './processors.ts';
import type { PromptRows } from './prompts.ts';
import { argmax } from './select.ts';
import { warp } from './warpers.ts';

interface Row {
  ids: number[];
  written: number[];
  /** Sum of the log-probabilities that the model itself gives what is written. */
  sum: number;
  done: boolean;
}

export async function sampleSearch(decoder: TextDecoder, prompts: PromptRows, settings: Settings): Promise<Generated> {
  const { sequences, maxLength, eos, pad, onToken, signal } = settings;
  const processors = processorsOf(settings);
  const rows: Row[] = prompts.rows.flatMap((ids) =>
    Array.from({ length: sequences }, () => ({ ids: [...ids], written: [], sum: 0, done: false })),
  );
  // The decoder's row that each row continues: at first its prompt's, afterwards its own.
  let from = rows.map((_, i) => Math.floor(i / sequences));
  let logits = rowsOf(await decoder.begin(prompts.ids, prompts.mask, signal), prompts.rows.length, decoder.vocabulary);

  for (;;) {
    signal?.throwIfAborted();
    rows.forEach((row, i) => {
      if (row.done) {
        row.ids.push(pad);
        return;
      }
      const own = logits[from[i]];
      const token = chooseToken(row, i, own, processors, settings);
      row.ids.push(token);
      row.written.push(token);
      row.sum += own[token] - logSumExp(own);
      row.done = eos.includes(token);
      onToken?.(i, token);
    });
    if (rows[0].ids.length >= maxLength || rows.every(({ done }) => done)) break;
    const tokens = rows.map(({ ids }) => ids[ids.length - 1]);
    logits = rowsOf(await decoder.next(tokens, from, signal), rows.length, decoder.vocabulary);
    from = rows.map((_, i) => i);
  }

  return {
    sequences: rows.map(({ ids }) => ids),
    tokens: rows.map(({ written }) => written),
    scores: rows.map(({ sum, written }) => sum / written.length),
    sums: rows.map(({ sum }) => sum),
  };
}

function chooseToken(
  row: Row,
  index: number,
  logits: Float32Array,
  processors: Processor[],
  settings: Settings,
): number {
  const { sequences, sample, seed } = settings;
  const scores = logits.slice();
  const prompt = Math.floor(index / sequences);
  for (const process of processors) process([{ ...row, scores }], prompt);
  const best = argmax(scores);
  if (scores[best] === Number.NEGATIVE_INFINITY)
    throw new InputError(`prompt ${prompt}: no token may follow [${row.ids.join(', ')}]; loosen allowed or badWords`);
  if (!sample) return best;
  warp(scores, settings);
  return drawToken(scores, seed, index, row.written.length);
}
