/**
 * The beam search of the original GIT code (microsoft/GenerativeImage2Text, GeneratorWithBeamSearch in
 * layers/decoder.py), with the length normalisation of GNMT (arXiv 1609.08144, section 7). It differs from `beam.ts` in
 * more than the formula: any continuation may end until enough beams go on, lengths count the prompt but not the end
 * token, and a sentence at the length limit loses its last token to an end token.
 */
import { InputError, UsageError } from '../core/index.ts';
import type { TextDecoder } from './decoder.ts';
import type { Generated } from './generate.ts';
import { GnmtBeams } from './gnmt-beams.ts';
import { rowsOf } from './logits.ts';
import { type SearchOptions, settingsOf } from './options.ts';
import { processorsOf } from './processors.ts';
import { type Prompts, promptRows } from './prompts.ts';

/**
 * Writes on from each prompt as the original GIT does. Its defaults: 4 beams, `lengthPenalty` 0.6, `maxLength` 1024. A
 * sentence scores its log-probability over ((5 + length) / 6) to the power of the penalty; padding of the prompt does not
 * count. `earlyStopping: true` takes the first `sequences` sentences that end.
 *
 * Throws UsageError for options this search does not have (`sample`, 'never') or without `eos`, InputError for a prompt
 * that nothing may follow, and the reason of `signal` when it fires.
 */
export async function gnmtSearch(
  decoder: TextDecoder,
  prompts: Prompts,
  options: SearchOptions = {},
): Promise<Generated> {
  const { rows, ids, mask } = promptRows(prompts, options);
  const { beams: wanted = 4, lengthPenalty = 0.6, maxLength: limit = 1024 } = options;
  const settings = settingsOf({ ...options, beams: wanted, lengthPenalty, maxLength: limit }, rows[0].length);
  const { beams, sequences, maxLength, promptLength, eos, pad, earlyStopping, signal } = settings;
  if (eos.length === 0) throw new UsageError('eos: this search fills and ends sentences with it; give the end token');
  if (settings.sample) throw new UsageError('sample: this search does not draw tokens; use generate');
  if (earlyStopping === 'never') throw new UsageError("earlyStopping: this search knows true and false, not 'never'");
  if (settings.onToken) throw new UsageError('onToken: beams change their minds, so no token is final; use generate');

  const processors = processorsOf(settings);
  const pictures = rows.map((prompt, row) => {
    const masks = mask.data.subarray(row * promptLength, (row + 1) * promptLength);
    return new GnmtBeams(
      prompt,
      { row, padding: masks.filter((real) => Number(real) === 0).length },
      processors,
      settings,
    );
  });
  signal?.throwIfAborted();
  let logits = rowsOf(await decoder.begin(ids, mask, signal), pictures.length, decoder.vocabulary);
  let perPicture = 1;

  for (let length = promptLength; length < maxLength; length++) {
    signal?.throwIfAborted();
    pictures.forEach((picture, p) => {
      if (!picture.closed) picture.advance(logits.slice(p * perPicture, (p + 1) * perPicture));
    });
    if (length + 1 === maxLength || pictures.every(({ closed }) => closed)) break;
    const steps = pictures.flatMap((picture, p) =>
      picture.open.map(({ ids, beam }) => ({
        // A picture that is done keeps its rows, because all must have the same number.
        token: picture.closed ? pad : ids[length],
        from: p * perPicture + Math.min(beam, perPicture - 1),
      })),
    );
    const tokens = steps.map(({ token }) => token);
    const from = steps.map(({ from }) => from);
    logits = rowsOf(await decoder.next(tokens, from, signal), tokens.length, decoder.vocabulary);
    perPicture = beams;
  }

  const best = pictures.flatMap(({ ended }, row) => {
    if (ended.length < sequences)
      throw new InputError(
        `prompt ${row}: ${ended.length} of ${sequences} sentences exist; loosen allowed or badWords`,
      );
    return ended;
  });
  const longest = Math.max(...best.map(({ ids }) => ids.length));
  return {
    sequences: best.map(({ ids }) => [...ids, ...Array(longest - ids.length).fill(eos[0])]),
    tokens: best.map(({ ids }) => ids.slice(promptLength)),
    scores: best.map(({ score }) => score),
    sums: best.map(({ sum }) => sum),
  };
}
