/** Judging the captioner while it trains and when it is exported. */
import { int64, type NDArray } from '../../src/core/index.ts';
import { type EmojiSet, type EvaluationName, evaluationSet, type Sample } from '../../src/data/index.ts';
import { CachedDecoder } from '../../src/models/cached-decoder.ts';
import type { GitConfig } from '../../src/models/git/config.ts';
import { compileSight, compileText } from '../../src/models/git/programs.ts';
import type { Tokenizer } from '../../src/text/index.ts';
import { collate, type pictureNormaliser, side } from './setup.ts';

/** Evenly chosen pictures of the sets that are looked at while training: things alone, and scenes. */
export function validationSets(set: EmojiSet, most: number): Record<string, Sample[]> {
  const part = (name: EvaluationName) => {
    const { size, sample } = evaluationSet(set, name, side);
    return Array.from({ length: Math.min(most, size) }, (_, i) =>
      sample(Math.floor((i * size) / Math.min(most, size))),
    );
  };
  return { 'val-seen': part('val-seen'), scenes: part('scenes') };
}

/** Greedy captions. */
export async function captionSamples(
  samples: readonly Sample[],
  config: GitConfig,
  weights: ReadonlyMap<string, NDArray>,
  tokenizer: Tokenizer,
  normalise: ReturnType<typeof pictureNormaliser>,
): Promise<string[]> {
  const sources = new Map([...weights].map(([path, value]) => [path, { kind: 'data' as const, value }]));
  await using sight = await compileSight(config, sources, { height: side, width: side }, {});
  await using text = await compileText(config, sources, {});
  const captions: string[] = [];
  for (let start = 0; start < samples.length; start += 40) {
    const part = samples.slice(start, start + 40);
    const { pixels } = collate(part, tokenizer, normalise);
    const decoder = new CachedDecoder({
      program: text,
      vocabulary: config.text.vocabulary,
      memory: await sight.run({ pixels }),
    });
    const rows = part.map(() => [] as number[]);
    let logits = await decoder.begin(
      int64(
        [part.length, 1],
        part.map(() => config.bos),
      ),
      int64(
        [part.length, 1],
        part.map(() => 1),
      ),
    );
    for (let t = 0; t < 24; t++) {
      const next = part.map((_, r) =>
        argmax(logits.data as Float32Array, r * config.text.vocabulary, config.text.vocabulary),
      );
      for (const [r, token] of next.entries()) rows[r].push(token);
      if (rows.every((row) => row.includes(config.eos))) break;
      logits = await decoder.next(next, [...part.keys()]);
    }
    captions.push(
      ...rows.map((row) =>
        tokenizer.decode(row.slice(0, (row.indexOf(config.eos) + row.length + 1) % (row.length + 1))),
      ),
    );
  }
  return captions;
}

function argmax(values: Float32Array, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[start + i] > values[start + best]) best = i;
  return best;
}

/** Share of captions that are one of the right ones. */
export const exactMatches = (captions: readonly string[], samples: readonly Sample[]): number =>
  captions.filter((caption, i) => samples[i].captions.some((right) => plain(right) === plain(caption))).length /
  samples.length;

/** Tokenizers put spaces around marks; those do not count. */
const plain = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/\s*([,'’-])\s*/g, '$1')
    .trim();
