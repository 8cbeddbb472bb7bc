/** What a person asks of a GIT model: captions, answers, labels, of pictures and videos. */
import { bindWeights } from '../../checkpoint/index.ts';
import { float32, input, type NDArray, ParameterList, UsageError } from '../../core/index.ts';
import { generate, Trie } from '../../generate/index.ts';
import { decodeFrames, decodeImage, type ImageProcessor, type ImageSource } from '../../image/index.ts';
import type { Program } from '../../runtime/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import { CachedDecoder } from '../cached-decoder.ts';
import type { ModelFiles } from '../files.ts';
import type { Family } from '../load.ts';
import type { Caption, CaptionOptions, ClassifyOptions, LoadedModel, Task } from '../model.ts';
import { OpenedPrograms } from '../opened-programs.ts';
import type { RuntimeOptions, WeightMap } from '../running.ts';
import type { Work } from '../work.ts';
import { checkStream, type Writer, wordIds, writeTexts } from '../writing.ts';
import { type GitConfig, gitConfig } from './config.ts';
import { git } from './model.ts';
import { isOriginalGit, originalConfig } from './original.ts';
import { compileSight, compileText, type PictureSize, see } from './programs.ts';
import { gitNames, originalGitNames } from './weights.ts';
import { gitWork } from './work.ts';

/** Captions longer than this are almost always loops; a longer limit can be asked for. */
const usualLength = 40;
/** Questions keep their last tokens, as the original does (spec: at most 38 and the start token). */
const longestPrompt = 38;

export const gitFamily: Family = {
  modelTypes: ['git'],
  recognises: ({ checkpoint }) => isOriginalGit(checkpoint),

  async load(files, runtime) {
    const original = !files.config;
    const config = original ? originalConfig(files.checkpoint) : gitConfig(files.config, `${files.folder}/config.json`);
    const names = original ? originalGitNames() : gitNames(config);
    const weights = await bindWeights({ wanted: gitParameters(config), checkpoint: files.checkpoint, names });
    return new GitModel(files, config, weights, runtime);
  },
};

/** Every parameter that a configuration implies. */
export function gitParameters(config: GitConfig): ParameterList {
  const list = new ParameterList();
  const model = git(list.root, config);
  const { channels, imageSize } = config.vision;
  const frame = [channels, imageSize, imageSize];
  const picture = model.encode(input('pixels', [1, ...(config.frames ? [config.frames] : []), ...frame]));
  model.head(model.decode(picture, input('ids', [1, 1], 'int64')));
  return list;
}

class GitModel implements LoadedModel {
  readonly id: string;
  readonly family = 'git';
  readonly tasks: readonly Task[] = ['caption', 'answer', 'classify'];
  readonly config: GitConfig;
  readonly #files: ModelFiles;
  readonly #weights: WeightMap;
  readonly #runtime: RuntimeOptions;
  readonly #programs = new OpenedPrograms();

  constructor(files: ModelFiles, config: GitConfig, weights: WeightMap, runtime: RuntimeOptions) {
    this.id = files.id;
    this.config = config;
    this.#files = files;
    this.#weights = weights;
    this.#runtime = runtime;
  }

  async caption(images: readonly ImageSource[], { prompt = '', ...options }: CaptionOptions = {}): Promise<Caption[]> {
    checkStream(images.length, options);
    // The text program opens while the pictures are decoded and seen.
    this.#textProgram();
    const [memory, tokenizer] = await Promise.all([this.#see(images, options.signal), this.#files.tokenizer()]);
    const start = [this.config.bos, ...wordIds(tokenizer, prompt)];
    const decoder = await this.#decoder(memory);
    return await writeTexts(this.#writer(decoder, tokenizer), { prompts: images.map(() => start), hidden: 1 }, options);
  }

  async answer(image: ImageSource, question: string, options: CaptionOptions = {}): Promise<Caption> {
    if (!question.trim()) throw new UsageError('answer: the question is empty');
    this.#textProgram();
    const [memory, tokenizer] = await Promise.all([this.#see([image], options.signal), this.#files.tokenizer()]);
    const prompt = [this.config.bos, ...wordIds(tokenizer, question).slice(-longestPrompt)];
    const decoder = await this.#decoder(memory);
    const starts = { prompts: [prompt], hidden: prompt.length };
    const [answer] = await writeTexts(this.#writer(decoder, tokenizer), starts, options);
    return answer;
  }

  /** Classification by generation (section 4.4 of the paper): the label's words, one after another, through a trie. */
  async classify(image: ImageSource, labels: readonly string[], { prompt = '', signal }: ClassifyOptions = {}) {
    if (labels.length === 0) throw new UsageError('classify: give at least one label');
    const [memory, tokenizer] = await Promise.all([this.#see([image], signal), this.#files.tokenizer()]);
    const spelled = labels.map((label) => [...wordIds(tokenizer, label), this.config.eos]);
    const decoder = await this.#decoder(memory);
    const start = [this.config.bos, ...wordIds(tokenizer, prompt)];
    const trie = new Trie(spelled);
    const { tokens, scores } = await generate(
      decoder,
      { ids: [start] },
      {
        ...this.#ends(),
        maxNewTokens: Math.max(...spelled.map((label) => label.length)),
        allowed: trie.allowed,
        signal,
      },
    );
    const at = spelled.findIndex((label) => label.join() === tokens[0].join());
    return { label: labels[at], score: scores[0] };
  }

  processor(): ImageProcessor | undefined {
    return this.config.frames ? undefined : this.#files.processor();
  }

  work(): Work {
    return gitWork(this.config);
  }

  release(): Promise<void> {
    return this.#programs.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** Pictures or videos → what the decoder keeps of them. */
  async #see(images: readonly ImageSource[], signal?: AbortSignal): Promise<Record<string, NDArray>> {
    const processor = this.#files.processor();
    const { frames } = this.config;
    const pixels = frames
      ? stack(await Promise.all(images.map((image) => clip(image, frames, processor, signal))))
      : processor.batch(await Promise.all(images.map((image) => decodeImage(image, { signal })))).pixelValues;
    const [height, width] = pixels.shape.slice(-2);
    const program = await this.#sight({ height, width, ...(frames ? { frames } : {}) });
    return await see(program, pixels, this.config, { signal });
  }

  #writer(decoder: CachedDecoder, tokenizer: Tokenizer): Writer {
    return { decoder, tokenizer, ...this.#ends(), usualLength, positions: this.config.text.positions };
  }

  #ends() {
    return { eos: this.config.eos, pad: this.config.pad };
  }

  async #decoder(memory: Record<string, NDArray>): Promise<CachedDecoder> {
    return new CachedDecoder({ program: await this.#textProgram(), text: this.config.text, memory });
  }

  #textProgram(): Promise<Program> {
    return this.#programs.open('text', () => compileText(this.config, this.#weights, this.#runtime));
  }

  /** One program a picture size; published models have one size. */
  #sight(size: PictureSize): Promise<Program> {
    return this.#programs.open(JSON.stringify(size), () =>
      compileSight(this.config, this.#weights, size, this.#runtime),
    );
  }
}

/** Evenly spaced frames of one video, [f, 3, h, w]. */
async function clip(
  source: ImageSource,
  frames: number,
  processor: ImageProcessor,
  signal?: AbortSignal,
): Promise<NDArray> {
  return processor.batch(await decodeFrames(source, { count: frames, signal })).pixelValues;
}

/** [f, 3, h, w] of each video → [b, f, 3, h, w]. */
function stack(videos: readonly NDArray[]): NDArray {
  const size = videos[0].data.length;
  const all = new Float32Array(videos.length * size);
  for (const [i, { data }] of videos.entries()) all.set(data as Float32Array, i * size);
  return float32([videos.length, ...videos[0].shape], all);
}
