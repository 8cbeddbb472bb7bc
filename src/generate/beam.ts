/**
 * Beam search as transformers 5 does it: the `beams` best open sentences of every prompt side by side, and the `beams`
 * best ended ones. Pictures and prompts are read once; the first step spreads their rows over the beams.
 */
import type { TextDecoder } from './decoder.ts';
import type { Generated } from './generate.ts';
import { rowsOf } from './logits.ts';
import type { Settings } from './options.ts';
import { processorsOf } from './processors.ts';
import { PromptBeams } from './prompt-beams.ts';
import type { PromptRows } from './prompts.ts';

export async function beamSearch(decoder: TextDecoder, prompts: PromptRows, settings: Settings): Promise<Generated> {
  const { beams, sequences, maxLength, promptLength, eos, pad, signal } = settings;
  const processors = processorsOf(settings);
  const pictures = prompts.rows.map((ids, row) => new PromptBeams(ids, row, processors, settings));
  let logits = rowsOf(await decoder.begin(prompts.ids, prompts.mask, signal), pictures.length, decoder.vocabulary);
  let perPicture = 1;

  for (let length = promptLength; length < maxLength; length++) {
    signal?.throwIfAborted();
    const tokens: number[] = [];
    const from: number[] = [];
    pictures.forEach((picture, p) => {
      const own = logits.slice(p * perPicture, (p + 1) * perPicture);
      const steps = picture.closed ? idle(beams, pad) : picture.advance(own);
      for (const { token, beam } of steps) {
        tokens.push(token);
        from.push(p * perPicture + Math.min(beam, perPicture - 1));
      }
    });
    if (length + 1 === maxLength || pictures.every(({ closed }) => closed)) break;
    logits = rowsOf(await decoder.next(tokens, from, signal), tokens.length, decoder.vocabulary);
    perPicture = beams;
  }

  const best = pictures.flatMap(({ ended }) => ended.slice(0, sequences));
  const longest = Math.max(...best.map(({ ids }) => ids.length));
  // Where greedy search pads with `pad`, transformers' beam search takes a pad of 0 for none and fills with the end token.
  const filler = pad || (eos[0] ?? pad);
  return {
    sequences: best.map(({ ids }) => [...ids, ...Array(longest - ids.length).fill(filler)]),
    tokens: best.map(({ ids }) => ids.slice(promptLength)),
    scores: best.map(({ score }) => score),
    sums: best.map(({ sum }) => sum),
  };
}

/** What a prompt that is done reads while others go on. */
const idle = (beams: number, pad: number) => Array.from({ length: beams }, (_, beam) => ({ token: pad, beam }));
