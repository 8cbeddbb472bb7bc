/** An opened BLIP file: programs compiled when first needed, pictures seen, texts made into ids. */
import { type NDArray, ndarray } from '../../core/index.ts';
import { decodeImage, type ImageProcessor, type ImageSource, imageProcessor } from '../../image/index.ts';
import { type Program, runInParts } from '../../runtime/index.ts';
import { batch, type Tokenizer } from '../../text/index.ts';
import { CachedDecoder } from '../cached-decoder.ts';
import type { ModelFiles } from '../files.ts';
import { OpenedPrograms } from '../opened-programs.ts';
import { picturesAtOnce } from '../running.ts';
import type { BlipConfig } from './config.ts';
import {
  compileEmbedding,
  compileMatch,
  compileMemory,
  compileQuestion,
  compileRanking,
  compileSight,
  compileText,
  type RuntimeOptions,
  type WeightMap,
} from './programs.ts';

/** Arrays by input name. */
export type Memory = Record<string, NDArray>;

const compilers = {
  text: compileText,
  match: compileMatch,
  embedding: compileEmbedding,
  question: compileQuestion,
  ranking: compileRanking,
};

/** Original lengths (their configurations); longer texts are cut. */
const longestText = 35;

export class OpenedBlip {
  readonly config: BlipConfig;
  readonly #files: ModelFiles;
  readonly #weights: WeightMap;
  readonly #runtime: RuntimeOptions;
  readonly #programs = new OpenedPrograms();
  #processor: ImageProcessor | undefined;

  constructor(files: ModelFiles, config: BlipConfig, weights: WeightMap, runtime: RuntimeOptions) {
    this.config = config;
    this.#files = files;
    this.#weights = weights;
    this.#runtime = runtime;
  }

  program(name: keyof typeof compilers): Promise<Program> {
    return this.#programs.open(name, () => compilers[name](this.config, this.#weights, this.#runtime));
  }

  /** The original repository states its processing in code: the whole picture, made square. */
  processor(): ImageProcessor {
    const side = this.config.vision.imageSize;
    const square = { image_processor_type: 'BlipImageProcessor', size: { height: side, width: side } };
    return (this.#processor ??= this.#files.config ? this.#files.processor() : imageProcessor(square));
  }

  tokenizer(): Promise<Tokenizer> {
    return this.#files.tokenizer();
  }

  /** Pictures → seen [p, n, vision width] and, if asked for, unit vectors [p, e]. */
  async see(
    images: readonly ImageSource[],
    { embedding = false, signal }: { embedding?: boolean; signal?: AbortSignal } = {},
  ): Promise<{ seen: NDArray; embedding: NDArray }> {
    const pictures = await Promise.all(images.map((image) => decodeImage(image, { signal })));
    const pixels = this.processor().batch(pictures).pixelValues;
    const [height, width] = pixels.shape.slice(-2);
    const program = await this.#programs.open(`sight ${height}x${width} ${embedding}`, () =>
      compileSight(this.config, this.#weights, { height, width, embedding }, this.#runtime),
    );
    const { patchSize } = this.config.vision;
    const tokens = 1 + Math.floor(height / patchSize) * Math.floor(width / patchSize);
    const rows = picturesAtOnce(tokens);
    return (await runInParts(program, { pixels }, { rows, signal })) as { seen: NDArray; embedding: NDArray };
  }

  /** What a stack's texts need of pictures that were seen. */
  async remember(stack: 'encoder' | 'decoder', seen: NDArray, signal?: AbortSignal): Promise<Memory> {
    const program = await this.#programs.open(`memory ${stack}`, () =>
      compileMemory(this.config, this.#weights, stack, this.#runtime),
    );
    return await runInParts(program, { seen }, { rows: picturesAtOnce(seen.shape[1]), signal });
  }

  /** A writer about what was remembered. */
  async decoder(memory: Memory): Promise<CachedDecoder> {
    return new CachedDecoder({ program: await this.program('text'), text: this.config.text, memory });
  }

  /** Texts → ids and mask [texts, t], with the model's own first and last tokens. */
  async read(texts: readonly string[]): Promise<{ ids: NDArray; mask: NDArray }> {
    const { ids, mask } = batch(await this.tokenizer(), texts, {
      maxLength: Math.min(longestText, this.config.text.positions),
      padId: this.config.pad,
    });
    return { ids, mask };
  }

  /** Texts about one picture → ids and mask [1, texts, t]; [ENC] comes first where the model wants it. */
  async readAbout(texts: readonly string[]): Promise<{ ids: NDArray; mask: NDArray }> {
    const { ids, mask } = await this.read(texts);
    const [rows, length] = ids.shape;
    const { ground } = this.config;
    if (ground !== undefined) for (let row = 0; row < rows; row++) ids.data[row * length] = BigInt(ground);
    return { ids: onePicture(ids), mask: onePicture(mask) };
  }

  release(): Promise<void> {
    return this.#programs.release();
  }
}

/** [rows, …] → [1, rows, …], sharing memory. */
export const onePicture = ({ dtype, shape, data }: NDArray): NDArray => ndarray(dtype, [1, ...shape], data);
