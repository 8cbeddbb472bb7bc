/** What a person asks of a METER model: answers, statements about two pictures, matching, order among texts, missing words. */
import { bindWeights, type Checkpoint } from '../../checkpoint/index.ts';
import { dim, input, ParameterList } from '../../core/index.ts';
import { decodeImage, type ImageProcessor, imageProcessor } from '../../image/index.ts';
import { answersBeside, answersGiven } from '../joint/answers-file.ts';
import { type Head, type JointSource, jointTasks, OpenedJoint, traceHead } from '../joint/index.ts';
import type { Family } from '../load.ts';
import type { MeterConfig } from './config.ts';
import { meter, type Picture } from './model.ts';
import { isOriginalMeter, originalMeterConfig, taskOf } from './original.ts';
import { meterNames } from './weights.ts';

/** As in pre-training; longer texts were never read. */
const longestText = 50;

/** What the numbers of the tasks with a fixed list stand for. */
const fixedLabels: Record<string, string[]> = {
  nlvr2: ['False', 'True'],
  snli: ['contradiction', 'neutral', 'entailment'],
};

export const meterFamily: Family = {
  modelTypes: [],
  recognises: ({ checkpoint }) => isOriginalMeter(checkpoint),

  async load(files, runtime) {
    const { id, checkpoint, folder } = files;
    const config = originalMeterConfig(checkpoint);
    const task = taskOf(checkpoint);
    const labels =
      answersGiven(runtime.answers, config.labels.length) ??
      fixedLabels[task] ??
      answersBeside(folder, config.labels.length);
    const source = meterSource(config, headsOf(checkpoint), labels);
    const list = new ParameterList();
    for (const head of source.heads) traceHead(source, head, list);
    const weights = await bindWeights({ wanted: list, checkpoint, names: meterNames(config, task) });
    const opened = new OpenedJoint(source, files, weights, runtime);
    const release = () => opened.release();
    return { id, family: 'meter', ...jointTasks(opened), release, [Symbol.asyncDispose]: release };
  },
};

function headsOf({ entries }: Checkpoint): Head[] {
  const holds = (pattern: RegExp) => [...entries.keys()].some((name) => pattern.test(name));
  const heads: [Head, RegExp][] = [
    ['classify', /(^|\.)(vqa|nlvr2|snli)_classifier\.0\.weight$/],
    ['match', /(^|\.)itm_score\.fc\.weight$/],
    ['rank', /(^|\.)rank_output\.weight$/],
    ['fill', /(^|\.)mlm_score\.transform\.dense\.weight$/],
  ];
  return heads.flatMap(([head, pattern]) => (holds(pattern) ? [head] : []));
}

export function meterSource(
  config: MeterConfig,
  heads: readonly Head[],
  labels?: readonly string[],
): JointSource<Picture> {
  const { channels, imageSize } = config.vision;
  const processor = processorOf(config);
  return {
    family: 'meter',
    heads,
    images: config.images,
    labels,
    // Positions start after that of padding.
    longestText: Math.min(longestText, config.text.positions - config.text.pad - 1),
    pad: config.text.pad,
    processor: () => processor,
    model: (p) => meter(p, config),
    inputs: (prefix) => ({ pixels: input(`${prefix}pixels`, [dim('pictures'), channels, imageSize, imageSize]) }),
    usual: { input: [1, channels, imageSize, imageSize], sizes: {} },
    async look(images, signal) {
      const pictures = await Promise.all(images.map((image) => decodeImage(image, { signal })));
      return { pixels: processor.batch(pictures).pixelValues };
    },
  };
}

const imageNetColours = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };

/** The repository states its processing in code: the middle square, in the colours that the tower was trained in. */
function processorOf({ vision }: MeterConfig): ImageProcessor {
  const side = vision.imageSize;
  return imageProcessor({
    image_processor_type: 'CLIPImageProcessor',
    size: { shortest_edge: side },
    crop_size: { height: side, width: side },
    ...(vision.kind === 'swin' && imageNetColours),
  });
}
