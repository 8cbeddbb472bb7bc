/** A thread that captions pictures with the captioner in training, beside its steps. */
import { workerData } from 'node:worker_threads';
import { type PackedSet, unpackSet } from '../../src/data/index.ts';
import { gitConfig } from '../../src/models/git/config.ts';
import { type TokenizerJson, tokenizerFromJson } from '../../src/text/index.ts';
import { type Sample, serveEvaluation } from '../../src/train/index.ts';
import { captionSamples, exactMatches, validationSets } from './evaluation.ts';
import { pictureNormaliser } from './setup.ts';

export interface JudgeTask {
  packed: PackedSet;
  tokenizer: TokenizerJson;
  /** The model's config.json. */
  configuration: object;
  /** Pictures of each set that are looked at. */
  most: number;
}

/** Pictures of each set that the report shows. */
const shown = 4;

const { packed, tokenizer: json, configuration, most } = workerData as JudgeTask;
const config = gitConfig(configuration);
const side = config.vision.imageSize;
const tokenizer = tokenizerFromJson(json);
const normalise = pictureNormaliser(side);
const sets = validationSets(unpackSet(packed), side, most);

serveEvaluation(async (weights) => {
  const scores: Record<string, number> = {};
  const samples: Sample[] = [];
  for (const [name, items] of Object.entries(sets)) {
    const captions = await captionSamples(items, config, weights, tokenizer, normalise);
    scores[name] = exactMatches(captions, items);
    samples.push(...captions.slice(0, shown).map((predicted, i) => ({ predicted, expected: items[i].caption })));
  }
  return { scores, samples };
});
