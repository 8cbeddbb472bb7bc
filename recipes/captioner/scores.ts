/** The captioner's scores on the fixed evaluation sets, beside the baselines on the same pictures. */

import { mostFrequentCaption, pixelNeighbour, randomCaptions } from '../../src/data/baselines.ts';
import {
  type EmojiSet,
  type EvaluationName,
  evaluationNames,
  evaluationSet,
  type Sample,
  trainingSource,
} from '../../src/data/index.ts';
import { captionMetrics } from '../../src/metrics/index.ts';
import { load, need } from '../../src/models/load.ts';
import { plain } from './evaluation.ts';

export interface Row {
  system: string;
  exact: number;
  wordF1: number;
  cider: number;
}

export interface SetScores {
  name: string;
  pictures: number;
  rows: Row[];
  /** Caption that is right → caption that was written, evenly chosen. */
  examples: [right: string, written: string][];
}

/** Pixels a side of the pictures that are judged; the model resizes them as it does a user's. */
const side = 112;

/**
 * Pictures that the baselines may look through: clean ones as the evaluation sets are, single things for sets of single
 * things and scenes for scenes, which is as strong as a neighbour gets.
 */
const known = {
  things: { mix: { single: 1 }, pictures: 6_000 },
  scenes: { mix: { count: 10, relation: 10, colour: 6, shape: 1, list: 3 }, pictures: 10_000 },
};

function baselines(set: EmojiSet, { mix, pictures }: (typeof known)[keyof typeof known]) {
  const source = trainingSource(set, { side, seed: 77, mix, augment: false });
  const samples = Array.from({ length: pictures }, (_, i) => source(i));
  const captions = samples.map(({ caption }) => caption);
  return { captions, frequent: mostFrequentCaption(captions), nearest: pixelNeighbour(samples) };
}

export async function scoreCaptioner(model: string, set: EmojiSet): Promise<SetScores[]> {
  const simple = { things: baselines(set, known.things), scenes: baselines(set, known.scenes) };
  await using loaded = await load(model);
  const caption = need(loaded, 'caption');

  const all: SetScores[] = [];
  const judge = async (name: string, samples: readonly Sample[]) => {
    if (samples.length === 0) return;
    const written: string[] = [];
    for (let start = 0; start < samples.length; start += 32) {
      const pictures = samples
        .slice(start, start + 32)
        .map(({ pixels }) => ({ width: side, height: side, channels: 3 as const, data: pixels }));
      written.push(...(await caption(pictures)).map(({ text }) => text));
    }
    const { captions, frequent, nearest } = name.startsWith('scenes') ? simple.scenes : simple.things;
    const systems: Record<string, string[]> = {
      'the captioner': written,
      'nearest training picture by pixels': samples.map((sample) => nearest(sample)),
      'most frequent caption': samples.map(() => frequent),
      'random training caption': randomCaptions(captions, samples.length, 5),
    };
    const references = samples.map((sample) => sample.captions.map(plain));
    const rows = Object.entries(systems).map(([system, texts]): Row => {
      const { exactMatch, wordF1, cider } = captionMetrics(texts.map(plain), references);
      return { system, exact: exactMatch.score, wordF1: wordF1.score, cider: cider.score };
    });
    const step = Math.max(1, Math.floor(samples.length / 10));
    const examples = samples.flatMap((sample, i): [string, string][] =>
      i % step === 0 ? [[sample.caption, written[i]]] : [],
    );
    all.push({ name, pictures: samples.length, rows, examples: examples.slice(0, 10) });
  };

  for (const name of evaluationNames) {
    const samples = samplesOf(set, name);
    await judge(name, samples);
    if (name === 'scenes')
      for (const kind of new Set(samples.map((sample) => sample.kind)))
        await judge(
          `scenes: ${kind}`,
          samples.filter((sample) => sample.kind === kind),
        );
  }
  return all;
}

function samplesOf(set: EmojiSet, name: EvaluationName): Sample[] {
  const { size, sample } = evaluationSet(set, name, side);
  return Array.from({ length: size }, (_, i) => sample(i));
}
