/** Judging the captioner while it trains and when it is exported. */
import type { NDArray } from '../../src/core/index.ts';
import { type EmojiSet, type EvaluationName, evaluationSet, type Sample } from '../../src/data/index.ts';
import { CachedDecoder } from '../../src/models/cached-decoder.ts';
import type { GitConfig } from '../../src/models/git/config.ts';
import { compileSight, compileText } from '../../src/models/git/programs.ts';
import { writeTexts } from '../../src/models/writing.ts';
import type { Tokenizer } from '../../src/text/index.ts';
import { collate, type pictureNormaliser } from './setup.ts';

/** Evenly chosen pictures of the sets that are looked at while training: things alone, and scenes. */
export function validationSets(set: EmojiSet, side: number, most: number): Record<string, Sample[]> {
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
  await using sight = await compileSight(config, sources, {
    height: config.vision.imageSize,
    width: config.vision.imageSize,
  });
  await using text = await compileText(config, sources);
  const captions: string[] = [];
  for (let start = 0; start < samples.length; start += 40) {
    const part = samples.slice(start, start + 40);
    const { pixels } = collate(part, tokenizer, normalise);
    const memory = await sight.run({ pixels });
    const decoder = new CachedDecoder({ program: text, text: config.text, memory });
    const writer = { decoder, tokenizer, eos: config.eos, pad: config.pad, usualLength: 24 };
    const written = await writeTexts(writer, { prompts: part.map(() => [config.bos]), hidden: 1 }, {});
    captions.push(...written.map((caption) => caption.text));
  }
  return captions;
}

/** Share of captions that are one of the right ones. */
export const exactMatches = (captions: readonly string[], samples: readonly Sample[]): number =>
  captions.filter((caption, i) => samples[i].captions.some((right) => plain(right) === plain(caption))).length /
  samples.length;

/** Tokenizers put spaces around marks; those do not count. */
export const plain = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/\s*([,'’-])\s*/g, '$1')
    .replaceAll(',', ', ')
    .trim();
