/** What a person asks of a CLIP model: vectors of pictures and texts, how near they are, the best of some labels. */
import { bindWeights } from '../../checkpoint/index.ts';
import { dim, input, ParameterList, UsageError } from '../../core/index.ts';
import { decodeImage, type ImageSource } from '../../image/index.ts';
import { unit } from '../../nn/index.ts';
import { compile, type Program } from '../../runtime/index.ts';
import { batch } from '../../text/index.ts';
import { parseConfig } from '../config.ts';
import type { ModelFiles } from '../files.ts';
import type { Family } from '../load.ts';
import type { ClassifyOptions, Similarity, TaskOptions, TextScores } from '../model.ts';
import { OpenedPrograms } from '../opened-programs.ts';
import type { RuntimeOptions } from '../running.ts';
import { cosines, inPieces, rowsOf, stacked } from '../vectors.ts';
import { flopsAt, textTokens, type Work } from '../work.ts';
import { type ClipConfig, clipSchema } from './config.ts';
import { clip } from './model.ts';
import { clipNames } from './weights.ts';

export const clipFamily: Family = {
  modelTypes: ['clip'],
  recognises: () => false,

  async load(files, runtime) {
    const config = parseConfig(clipSchema, files.config, `${files.folder}/config.json`);
    const programs = await openPrograms(config, files, runtime);
    const release = () => programs.release();
    return {
      id: files.id,
      family: 'clip',
      tasks: ['embed', 'classify'],
      ...tasks(files, config, programs),
      processor: () => files.processor(),
      work: () => clipWork(config),
      release,
      [Symbol.asyncDispose]: release,
    };
  },
};

/** Texts that are read at once. */
const textsAtOnce = 32;

function tasks(files: ModelFiles, config: ClipConfig, programs: Programs) {
  /** Every picture alone, so that memory holds one picture's work at a time. */
  async function embedImages(images: readonly ImageSource[], { signal }: TaskOptions = {}): Promise<Float32Array[]> {
    const all: Float32Array[] = [];
    for (const image of images) {
      const pixels = files.processor().batch([await decodeImage(image, { signal })]).pixelValues;
      const { embedding } = await (await programs.get('see')).run({ pixels }, { signal });
      all.push(...rowsOf(embedding));
    }
    return all;
  }

  /** Texts longer than the position table lose their end; the end token stays. */
  async function embedTexts(texts: readonly string[], { signal }: TaskOptions = {}): Promise<Float32Array[]> {
    const tokenizer = await files.tokenizer();
    const { positions, eos } = config.text_config;
    const padId = tokenizer.special.pad ?? eos;
    const program = await programs.get('read');
    return await inPieces(texts, textsAtOnce, async (piece) => {
      const { ids, mask } = batch(tokenizer, piece, { maxLength: positions, padId });
      return rowsOf((await program.run({ ids, mask }, { signal })).embedding);
    });
  }

  return {
    embedImages,
    embedTexts,

    async similarity(
      images: readonly ImageSource[],
      texts: readonly string[],
      options: TaskOptions = {},
    ): Promise<Similarity[][]> {
      return cosines(await embedImages(images, options), await embedTexts(texts, options));
    },

    async compare(image: ImageSource, texts: readonly string[], options: TaskOptions = {}): Promise<TextScores[]> {
      if (texts.length === 0) throw new UsageError('compare: give at least one text');
      const [row] = cosines(await embedImages([image], options), await embedTexts(texts, options));
      return row.map((cosine) => ({ cosine }));
    },

    /** The score is the logarithm of the label's share among the labels (section 3.1.2 of the paper). */
    async classify(image: ImageSource, labels: readonly string[], { prompt = '', signal }: ClassifyOptions = {}) {
      if (labels.length === 0) throw new UsageError('classify: give at least one label');
      const [picture] = await embedImages([image], { signal });
      const texts = await embedTexts(
        labels.map((label) => `${prompt} ${label}`.trim()),
        { signal },
      );
      const { scores } = await (await programs.get('choose')).run(
        { picture: stacked([picture]), texts: stacked(texts) },
        { signal },
      );
      const shares = scores.data as Float32Array;
      const best = shares.indexOf(Math.max(...shares));
      return { label: labels[best], score: shares[best] };
    },
  };
}

function clipWork(config: ClipConfig): Work {
  const { see, read } = trace(config, new ParameterList());
  const { channels, imageSize, patchSize } = config.vision_config;
  return {
    input: [1, channels, imageSize, imageSize],
    pictureTokens: 1 + Math.floor(imageSize / patchSize) ** 2,
    picture: flopsAt(see, { pictures: 1 }),
    text: flopsAt(read, { texts: 1, tokens: textTokens }),
  };
}

/** Traced outputs of each program; b pictures, c texts, t tokens, e width of the shared space. */
function trace(config: ClipConfig, list: ParameterList) {
  const model = clip(list.root, config);
  const { channels, imageSize } = config.vision_config;
  const pixels = input('pixels', [dim('pictures'), channels, imageSize, imageSize]);
  const ids = input('ids', [dim('texts'), dim('tokens')], 'int64');
  const mask = input('mask', ids.shape, 'int64');
  const vectors = (name: string, rows: string) => input(name, [dim(rows), config.projection_dim]);
  return {
    see: { embedding: unit(model.projectImage(model.see(pixels).pooled)) },
    read: { embedding: unit(model.projectText(model.read(ids, mask).pooled)) },
    choose: { scores: model.similarity(vectors('picture', 'pictures'), vectors('texts', 'texts')).logSoftmax() },
  };
}

interface Programs {
  /** Compiled when first asked for. */
  get(name: 'see' | 'read' | 'choose'): Promise<Program>;
  release(): Promise<void>;
}

async function openPrograms(
  config: ClipConfig,
  { checkpoint }: ModelFiles,
  runtime: RuntimeOptions,
): Promise<Programs> {
  const list = new ParameterList();
  const outputs = trace(config, list);
  const weights = await bindWeights({ wanted: list, checkpoint, names: clipNames });
  const opened = new OpenedPrograms();
  return {
    get: (name) => opened.open(name, () => compile(outputs[name], { ...runtime, weights, prepack: false })),
    release: () => opened.release(),
  };
}
