/** What a person asks of a ViLT model: answers, statements about two pictures, order among texts, missing words. */
import { bindWeights, type Checkpoint } from '../../checkpoint/index.ts';
import { dim, input, ParameterList } from '../../core/index.ts';
import { decodeImage, type ImageProcessor, imageProcessor } from '../../image/index.ts';
import type { ModelFiles } from '../files.ts';
import { answersBeside, answersGiven } from '../joint/answers-file.ts';
import { type Head, type JointSource, jointTasks, OpenedJoint, traceHead } from '../joint/index.ts';
import type { Family } from '../load.ts';
import { innerWords, withoutClass } from '../objectives/index.ts';
import { type ViltConfig, viltConfig } from './config.ts';
import { type Picture, vilt } from './model.ts';
import { isOriginalVilt, originalViltConfig, originalViltNames, sizesOfViltFile } from './original.ts';
import { keepPatches, patchesOf } from './patches.ts';
import { viltNames } from './weights.ts';

/** [PAD] in BERT's vocabulary, which all published files use. */
const pad = 0;

export const viltFamily: Family = {
  modelTypes: ['vilt'],
  recognises: ({ checkpoint }) => isOriginalVilt(checkpoint),

  async load(files, runtime) {
    const { id, checkpoint, folder } = files;
    const original = !files.config;
    const config = original
      ? originalViltConfig(sizesOfViltFile(checkpoint))
      : viltConfig(files.config, `${folder}/config.json`);
    const own = original ? answersBeside(folder, config.labels.length) : config.labels;
    const labels = answersGiven(runtime.answers, config.labels.length) ?? own;
    const source = viltSource(config, headsOf(checkpoint), { labels, processor: () => processorOf(files, config) });
    const list = new ParameterList();
    for (const head of source.heads) traceHead(source, head, list);
    const names = original ? originalViltNames(config) : viltNames(config);
    const weights = await bindWeights({ wanted: list, checkpoint, names });
    const opened = new OpenedJoint(source, files, weights, runtime);
    const release = () => opened.release();
    return { id, family: 'vilt', ...jointTasks(opened), release, [Symbol.asyncDispose]: release };
  },
};

/** Which heads a file holds, under either naming. */
function headsOf({ entries }: Checkpoint): Head[] {
  const holds = (pattern: RegExp) => [...entries.keys()].some((name) => pattern.test(name));
  const heads: [Head, RegExp][] = [
    ['classify', /(^|\.|_)classifier\.0\.weight$/],
    ['match', /(^|\.)itm_score\.fc\.weight$/],
    ['rank', /(^|\.)rank_output\.weight$/],
    ['fill', /(^|\.)mlm_score\.transform\.dense\.weight$/],
  ];
  return heads.flatMap(([head, pattern]) => (holds(pattern) ? [head] : []));
}

export interface ViltSourceOptions {
  labels?: readonly string[];
  processor(): ImageProcessor;
}

export function viltSource(
  config: ViltConfig,
  heads: readonly Head[],
  { labels, processor }: ViltSourceOptions,
): JointSource<Picture> {
  const { channels, patchSize, imageSize } = config.vision;
  const side = Math.floor(imageSize / patchSize);
  return {
    family: 'vilt',
    heads,
    images: config.images,
    labels,
    longestText: config.text.positions,
    pad,
    processor,
    model: (p) => vilt(p, config),

    /** Pictures of any size: their patches are counted when the program runs, so that one serves them all. */
    inputs(prefix) {
      const [pictures, h, w] = [dim('pictures'), dim(`${prefix}down`), dim(`${prefix}across`)];
      const tiles = input(`${prefix}pixels`, [pictures, channels, h, patchSize, w, patchSize]);
      return {
        pixels: tiles.rearrange('b c h p w q -> b c (h p) (w q)'),
        mask: input(`${prefix}patches`, [pictures, h, w], 'int64'),
        kept: input(`${prefix}kept`, [pictures, dim(`${prefix}kept`)], 'int64'),
      };
    },

    async look(images, signal) {
      const pictures = await Promise.all(images.map((image) => decodeImage(image, { signal })));
      const { pixelValues, pixelMask } = processor().batch(pictures);
      const patches = patchesOf(pixelMask!, patchSize);
      const [count, , height, width] = pixelValues.shape;
      const shape = [count, channels, height / patchSize, patchSize, width / patchSize, patchSize];
      return { pixels: { ...pixelValues, shape }, patches, kept: keepPatches(patches) };
    },

    usual: {
      input: [1, channels, side * patchSize, side * patchSize],
      sizes: Object.fromEntries(
        // Of one picture, or of the first and second of a pair.
        ['', '0.', '1.'].flatMap((prefix) => [
          [`${prefix}down`, side],
          [`${prefix}across`, side],
          [`${prefix}kept`, side * side],
        ]),
      ),
    },

    alignment: {
      words: innerWords,
      regions: withoutClass,
      firstPlace: 1,
      /** The picture was resized to whole patches, so they divide it evenly. */
      places({ patches, kept }) {
        const [, down, across] = patches.shape;
        return Array.from(kept.data, Number).map((at) => {
          const [x, y] = [at % across, Math.floor(at / across)];
          return [x / across, y / down, (x + 1) / across, (y + 1) / down] as const;
        });
      },
    },
  };
}

/** The original repository states its processing in code. */
const processorOf = (files: ModelFiles, { vision }: ViltConfig): ImageProcessor =>
  files.config
    ? files.processor()
    : imageProcessor({
        image_processor_type: 'ViltImageProcessor',
        size: { shortest_edge: vision.imageSize },
        size_divisor: vision.patchSize,
      });
