/** An opened joint model: programs compiled when first needed, texts made into ids, pictures into feeds. */
import { InputError, int64, type NDArray } from '../../core/index.ts';
import type { ImageSource } from '../../image/index.ts';
import type { Program } from '../../runtime/index.ts';
import { batch, type Tokenizer } from '../../text/index.ts';
import type { ModelFiles } from '../files.ts';
import type { RuntimeOptions, WeightMap } from '../running.ts';
import { compileHead } from './programs.ts';
import type { Head, JointSource } from './source.ts';

type Feeds = Record<string, NDArray>;

export class OpenedJoint {
  readonly source: JointSource;
  readonly #files: Pick<ModelFiles, 'tokenizer'>;
  readonly #weights: WeightMap;
  readonly #runtime: RuntimeOptions;
  readonly #programs = new Map<Head, Promise<Program>>();

  constructor(source: JointSource, files: Pick<ModelFiles, 'tokenizer'>, weights: WeightMap, runtime: RuntimeOptions) {
    this.source = source;
    this.#files = files;
    this.#weights = weights;
    this.#runtime = runtime;
  }

  tokenizer(): Promise<Tokenizer> {
    return this.#files.tokenizer();
  }

  /** Logits of a head as rows. */
  async run(head: Head, feeds: Feeds, signal?: AbortSignal): Promise<Float32Array[]> {
    const program = this.#programs.get(head) ?? compileHead(this.source, head, this.#weights, this.#runtime);
    this.#programs.set(head, program);
    const { logits } = await (await program).run(feeds, { signal });
    const width = logits.shape[1];
    const data = logits.data as Float32Array;
    return Array.from({ length: logits.shape[0] }, (_, row) => data.slice(row * width, (row + 1) * width));
  }

  see(images: readonly ImageSource[], signal?: AbortSignal): Promise<Feeds> {
    return this.source.look(images, signal);
  }

  /**
   * Texts → ids and mask [r, t].
   * @param cut whether texts that are too long lose their end, as the original repositories do; else they are refused
   */
  async read(texts: readonly string[], { cut = false } = {}): Promise<{ ids: NDArray; mask: NDArray }> {
    const { longestText, pad } = this.source;
    const { ids, mask } = batch(await this.tokenizer(), texts, {
      padId: pad,
      ...(cut && { maxLength: longestText }),
    });
    if (ids.shape[1] > longestText)
      throw new InputError(
        `the text is ${ids.shape[1]} tokens long and this model reads ${longestText}; make it shorter`,
      );
    return { ids, mask };
  }

  async release(): Promise<void> {
    const programs = await Promise.all(this.#programs.values());
    this.#programs.clear();
    await Promise.all(programs.map((program) => program.release()));
  }
}

/** All rows are about the first picture. */
export const aboutFirst = (rows: number): NDArray => int64([rows], Array(rows).fill(0));
