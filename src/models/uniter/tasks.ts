/**
 * What a person asks of a UNITER model: answers, matching, order among texts, missing words. It reads regions that a
 * detector found, not pixels, so a picture is named by the file of its regions.
 */
import { bindWeights, type Checkpoint } from '../../checkpoint/index.ts';
import { concat, dim, InputError, input, ParameterList, type Tensor, UsageError } from '../../core/index.ts';
import type { ImageSource } from '../../image/index.ts';
import { answersBeside, answersGiven } from '../joint/answers-file.ts';
import { type Head, type JointSource, jointTasks, OpenedJoint, traceHead } from '../joint/index.ts';
import type { Family } from '../load.ts';
import type { PictureTextModel } from '../objectives/index.ts';
import { type UniterConfig, uniterConfig } from './config.ts';
import { type Regions, type Uniter, uniter } from './model.ts';
import { isOriginalUniter, originalUniterConfig } from './original.ts';
import { isRegionFile, readRegions } from './region-file.ts';
import { locationNumbers, regionBatch } from './regions.ts';
import { uniterNames } from './weights.ts';

/** Regions that many detectors give for every picture. */
const usualRegions = 36;

/** [PAD] in BERT's vocabulary. */
const pad = 0;

export const uniterFamily: Family = {
  modelTypes: ['uniter'],
  recognises: ({ checkpoint }) => isOriginalUniter(checkpoint),

  async load(files, runtime) {
    const { id, checkpoint, folder } = files;
    const original = !files.config;
    const config = original ? originalUniterConfig(checkpoint) : uniterConfig(files.config, `${folder}/config.json`);
    const own = original ? answersBeside(folder, config.labels.length) : config.labels;
    const labels = answersGiven(runtime.answers, config.labels.length) ?? own;
    const source = uniterSource(config, headsOf(checkpoint), labels);
    const list = new ParameterList();
    for (const head of source.heads) traceHead(source, head, list);
    const weights = await bindWeights({ wanted: list, checkpoint, names: uniterNames });
    const opened = new OpenedJoint(source, files, weights, runtime);
    const release = () => opened.release();
    return { id, family: 'uniter', ...jointTasks(opened), release, [Symbol.asyncDispose]: release };
  },
};

function headsOf({ entries }: Checkpoint): Head[] {
  const heads: [Head, string][] = [
    ['classify', 'vqa_output.0.weight'],
    ['match', 'itm_output.weight'],
    ['rank', 'rank_output.weight'],
    ['fill', 'cls.predictions.transform.dense.weight'],
  ];
  return heads.flatMap(([head, name]) => (entries.has(name) || entries.has(`model_state.${name}`) ? [head] : []));
}

/** Regions of the graph, and which of them are real, int64 [b, n]. */
export interface SeenRegions extends Regions {
  mask: Tensor;
}

/** UNITER as a model that reads a text and sees a picture; the regions follow the padded text. */
export const asPictureText = (model: Uniter): PictureTextModel<SeenRegions> => ({
  read: (ids, { mask, key }) => ({ tokens: model.read(ids, { key }), mask }),
  see: ({ mask, ...regions }, { key } = {}) => ({ tokens: model.see(regions, key), mask }),
  encode(text, picture, key) {
    const mask = concat([text.mask, picture.mask], 1);
    const { tokens, pooled } = model.encode(model.pack(text.tokens, picture.tokens), mask, key);
    const [words, regions] = tokens.split(1, [text.tokens.size(1), picture.tokens.size(1)]);
    return { text: words, picture: regions, pooled };
  },
  fill: model.fill,
  match: model.match,
  rank: model.rank,
  classify: model.answer,
});

export function uniterSource(
  config: UniterConfig,
  heads: readonly Head[],
  labels?: readonly string[],
): JointSource<SeenRegions> {
  return {
    family: 'uniter',
    heads,
    images: 1,
    labels,
    longestText: config.text.positions,
    pad,
    model: (p) => asPictureText(uniter(p, config)),
    inputs(prefix) {
      const shape = [dim('pictures'), dim(`${prefix}regions`)];
      return {
        features: input(`${prefix}features`, [...shape, config.regions.features]),
        locations: input(`${prefix}locations`, [...shape, locationNumbers]),
        mask: input(`${prefix}regionMask`, shape, 'int64'),
      };
    },
    async look(images) {
      const read = (image: ImageSource) => regionsOf(image, config.regions.features);
      const { mask, ...regions } = regionBatch(await Promise.all(images.map(read)));
      return { ...regions, regionMask: mask };
    },
    usual: { input: [1, usualRegions, config.regions.features], sizes: { regions: usualRegions } },
    alignment: {
      // The tokens at the ends of a text take part, as in training.
      words: (mask) => mask,
      regions: (mask) => mask,
      firstPlace: 0,
      places({ locations }) {
        const numbers = Array.from(locations.data, Number);
        return Array.from({ length: locations.shape[1] }, (_, region) => {
          const [x1, y1, x2, y2] = numbers.slice(region * locationNumbers);
          return [x1, y1, x2, y2] as const;
        });
      },
    },
  };
}

/** @param width how many numbers a feature has, as the model was trained */
async function regionsOf(source: ImageSource, width: number) {
  if (typeof source !== 'string' || !isRegionFile(source))
    throw new UsageError(
      'UNITER reads regions that a detector found, not pixels; give a file of regions (.npz or .safetensors)',
    );
  const set = await readRegions(source);
  const [, own] = set.features.shape;
  if (own !== width)
    throw new InputError(
      `${source}: features have ${own} numbers and this model reads ${width}; use the detector that it was trained with`,
    );
  return set;
}
